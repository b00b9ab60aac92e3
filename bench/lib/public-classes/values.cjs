/** Random values of a model's types that keep the plainest rules, and a text by which two values can be compared. */

let seed = 12_345;
function random(below) {
  seed = (Math.imul(seed, 1_103_515_245) + 12_345) & 0x7fff_ffff;
  return Math.floor((seed / 0x8000_0000) * below);
}

const TEXTS = {
  isEmail: () => `a${random(1e6)}@example.org`,
  isUuid: () => `123e4567-e89b-42d3-a456-42661417${String(random(9000) + 1000)}`,
  isUrl: () => `https://example.org/${random(1e6)}`,
  isDateString: () => '2024-05-12T10:00:00.000Z',
  isIso8601: () => '2024-05-12T10:00:00.000Z',
  isNumberString: () => String(random(1e6)),
  isJson: () => '{"a":1}',
  isMongoId: () => '507f1f77bcf86cd799439011',
  isHexColor: () => '#a0b1c2',
  isIp: () => '10.0.0.1',
  isPhoneNumber: () => '+41446681800',
  isMobilePhone: () => '+41791234567',
};

function scalar(kind, rules) {
  const rule = (name) => rules.find((candidate) => candidate.name === name);
  if (kind === 'string') {
    for (const [name, make] of Object.entries(TEXTS)) if (rule(name)) return make();
    const [least, most] = rule('length')?.args ?? rule('isLength')?.args ?? [];
    const min = rule('minLength')?.args[0] ?? least ?? 0;
    const max = rule('maxLength')?.args[0] ?? most ?? Infinity;
    const given = rule('isIn')?.args[0];
    if (Array.isArray(given)) return given[random(given.length)];
    return `Aa1!x${random(1e9)}é\u2028"'`.padEnd(min, 'z').slice(0, Math.max(1, Math.min(max, 1_000)));
  }
  if (kind === 'number') {
    const low = rule('min')?.args[0] ?? (rule('isPositive') ? 1 : -1_000);
    const high = rule('max')?.args[0] ?? Math.max(low + 10, 1_000);
    const whole = low + random(Math.max(1, high - low));
    return rule('isInt') || rule('min') || rule('max') || random(2) ? Math.round(whole) : whole + 0.25;
  }
  if (kind === 'boolean') return random(2) === 1;
  if (kind === 'bigint') return BigInt(random(1e9)) * 10_000_000_000n;
  if (kind === 'date') return new Date(1e12 + random(1e9));
  return Uint8Array.of(random(256), 0, 255);
}

function value(type, rules, depth) {
  const several = (make) => Array.from({ length: depth > 4 ? 0 : 1 + random(2) }, make);
  switch (type.kind) {
    case 'literal':
      return type.values[random(type.values.length)];
    case 'array':
      return several(() => value(type.element, rules, depth + 1));
    case 'set':
      return new Set(several(() => value(type.element, rules, depth + 1)));
    case 'map':
      return new Map(several(() => [value(type.key, [], depth + 1), value(type.value, rules, depth + 1)]));
    case 'object':
      return fields(type.fields, depth + 1);
    case 'variants':
      return value(type.variants[random(type.variants.length)].type, [], depth + 1);
    case 'union':
      return value(type.members[random(type.members.length)], rules, depth);
    case 'nullable':
      return random(3) === 0 ? null : value(type.of, rules, depth);
    case 'string':
    case 'number':
    case 'boolean':
    case 'bigint':
    case 'date':
    case 'bytes':
      return scalar(type.kind, rules);
    case 'tuple':
      return (type.elements ?? []).map((element) => value(element.type ?? element, [], depth + 1));
    case 'record':
      return Object.fromEntries(several(() => [`k${random(1e6)}`, value(type.value, [], depth + 1)]));
    case 'json':
      return { a: [1, 'x', null, { b: true }] };
    default:
      throw new Error(`values.cjs makes no value of the kind ${type.kind}`);
  }
}

function fields(all, depth) {
  const result = {};
  for (const field of all)
    if (!field.optional || random(2)) result[field.name] = value(field.type, field.rules ?? [], depth);
  return result;
}

/** An input of the model: every required field, optional ones now and then. */
exports.randomDocument = function randomDocument(model, number) {
  const document = fields(model.fields, 0);
  for (const key of model.key.fields) {
    const type = model.fields.find(({ name }) => name === key).type.kind;
    document[key] = type === 'number' ? number + 1 : type === 'bigint' ? BigInt(number + 1) : document[key];
  }
  return document;
};

/** The value as text: equal texts are equal values, whatever the prototypes. */
exports.plain = function plain(given) {
  return JSON.stringify(given, function (key) {
    const item = this[key];
    if (typeof item === 'bigint') return { bigint: String(item) };
    if (item instanceof Date) return { date: item.getTime() };
    if (item instanceof Map) return { map: [...item].map(([left, right]) => [left, right]) };
    if (item instanceof Set) return { set: [...item] };
    if (item instanceof Uint8Array) return { bytes: [...item] };
    if (Object.is(item, -0)) return { minusZero: true };
    if (item && typeof item === 'object' && !Array.isArray(item))
      return Object.fromEntries(
        Object.entries(item)
          .filter(([, part]) => part !== undefined)
          .sort(([a], [b]) => (a < b ? -1 : 1)),
      );
    return item;
  });
};
