// Shows one room: its newest messages, then its changes as they happen.
const element = (id) => document.getElementById(id);
const shown = new Map();
let room = '';
let events;
let before;

async function ask(path, body) {
  const options = { method: 'POST', headers: { 'content-type': 'application/json' }, body: JSON.stringify(body) };
  const response = await fetch(path, body && options);
  const answer = await response.json();
  if (!response.ok) throw new Error(answer.message);
  return answer;
}

async function open(name) {
  room = name;
  events?.close();
  element('room').textContent = `#${room}`;
  element('messages').replaceChildren();
  shown.clear();
  before = undefined;
  const page = await showPage();
  // Another room was opened meanwhile.
  if (page === undefined) return;
  element('messages').scrollTop = element('messages').scrollHeight;
  // From the place on at which these messages were read: nothing is missed, and nothing comes twice.
  events = new EventSource(`rooms/${room}/events?since=${page.since}`);
  events.onopen = () => {
    element('state').textContent = 'Live';
  };
  events.onerror = () => {
    element('state').textContent = 'The connection is lost; trying again …';
  };
  events.onmessage = ({ data }) => {
    const { kind, key, message } = JSON.parse(data);
    if (kind === 'reload') open(room);
    else if (kind === 'delete') remove(key);
    else show(message, true);
    showRooms();
  };
  showRooms();
}

async function showPage() {
  const asked = room;
  const page = await ask(`rooms/${asked}/messages${before ? `?before=${encodeURIComponent(before)}` : ''}`);
  if (room !== asked) return undefined;
  for (const message of page.messages) show(message, false);
  before = page.before;
  element('earlier').hidden = before === undefined;
  return page;
}

/** @param isNewest below the others, else above them. */
function show(message, isNewest) {
  const item = document.createElement('li');
  const author = document.createElement('b');
  const time = document.createElement('time');
  const text = document.createElement('p');
  const like = document.createElement('button');
  author.textContent = message.author;
  time.dateTime = message.sentAt;
  time.textContent = new Date(message.sentAt).toLocaleTimeString([], { hour: '2-digit', minute: '2-digit' });
  text.textContent = message.text;
  like.type = 'button';
  like.textContent = `♥ ${message.likedBy.length}`;
  like.ariaLabel = `Like the message of ${message.author}, ${message.likedBy.length} likes`;
  like.addEventListener('click', () => {
    const author = element('send').elements.author.value || 'somebody';
    ask(`messages/${message.id}/likes`, { author }).catch(sayWhy);
  });
  item.append(author, ' ', time, text, like);
  const earlier = shown.get(message.id);
  if (earlier) earlier.replaceWith(item);
  else if (isNewest) element('messages').append(item);
  else element('messages').prepend(item);
  shown.set(message.id, item);
  if (isNewest && !earlier) item.scrollIntoView({ block: 'nearest' });
}

function remove(id) {
  shown.get(id)?.remove();
  shown.delete(id);
}

async function showRooms() {
  const rooms = await ask('rooms');
  const items = Object.entries({ [room]: 0, ...rooms })
    .sort(([a], [b]) => a.localeCompare(b))
    .map(([name, count]) => {
      const item = document.createElement('li');
      const button = document.createElement('button');
      button.type = 'button';
      button.textContent = `#${name} (${count})`;
      if (name === room) button.ariaCurrent = 'true';
      button.addEventListener('click', () => open(name).catch(sayWhy));
      item.append(button);
      return item;
    });
  element('rooms').replaceChildren(...items);
}

function sayWhy(error) {
  element('answer').textContent = error.message;
}

element('earlier').addEventListener('click', () => showPage().catch(sayWhy));
element('open').addEventListener('submit', (event) => {
  event.preventDefault();
  open(new FormData(event.target).get('room')).catch(sayWhy);
  event.target.reset();
});
element('send').addEventListener('submit', async (event) => {
  event.preventDefault();
  const { author, text } = event.target.elements;
  element('answer').textContent = '';
  try {
    await ask(`rooms/${room}/messages`, { author: author.value, text: text.value });
    text.value = '';
    text.focus();
  } catch (error) {
    sayWhy(error);
  }
});

open('lobby').catch(sayWhy);
