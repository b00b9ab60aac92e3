// Shows what the server streams, and sends results. The browser reconnects by itself.
const element = (id) => document.getElementById(id);
const NAMES = ['Ada', 'Bo', 'Cleo', 'Dan', 'Eve', 'Finn', 'Gus', 'Hana', 'Ivo', 'Jule', 'Kim', 'Lea', 'Max', 'Nia'];

const events = new EventSource('leaders/events');
events.onmessage = ({ data }) => {
  const { players, playerCount } = JSON.parse(data);
  element('leaders').replaceChildren(...players.map(row));
  element('state').textContent = playerCount === 1 ? 'One player, live' : `${playerCount} players, live`;
};
events.onerror = () => {
  element('state').textContent = 'The connection is lost; trying again …';
};

function row({ name, points, gameCount }, index, players) {
  const isShared = index > 0 && players[index - 1].points === points;
  const cells = [isShared ? '=' : index + 1, name, points.toLocaleString('en'), gameCount];
  const tr = document.createElement('tr');
  tr.append(
    ...cells.map((text, column) => {
      const cell = document.createElement(column === 1 ? 'th' : 'td');
      if (column === 1) cell.scope = 'row';
      if (column > 1) cell.className = 'number';
      cell.textContent = text;
      return cell;
    }),
  );
  return tr;
}

async function add(player, points) {
  const response = await fetch('results', {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify({ player, points }),
  });
  const answer = await response.json();
  return response.ok
    ? `${answer.name} has ${answer.points.toLocaleString('en')} points: rank ${answer.rank}`
    : answer.message;
}

element('result').addEventListener('submit', async (event) => {
  event.preventDefault();
  const fields = new FormData(event.target);
  element('answer').textContent = await add(fields.get('player'), Number(fields.get('points'))).catch(String);
});

let simulation;
element('simulate').addEventListener('click', ({ target }) => {
  const isOn = target.getAttribute('aria-pressed') === 'true';
  target.setAttribute('aria-pressed', String(!isOn));
  target.textContent = isOn ? 'Simulate games' : 'Stop the games';
  clearInterval(simulation);
  if (isOn) return;
  const any = (list) => list[Math.floor(Math.random() * list.length)];
  simulation = setInterval(() => add(any(NAMES), 1 + Math.floor(Math.random() * 100)).catch(() => undefined), 250);
});
