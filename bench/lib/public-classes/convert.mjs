/**
 * Writes another library's document, entity or DTO classes as Nuthatch's: decorators are exchanged, nothing else is
 * rewritten but what the mode says. Works on the text by the positions of the syntax tree.
 *
 *   declared   decorators only: relations keep the types that they are declared with
 *   keys       relations are keys: a string, or a list of strings
 *   leftovers  keys, and what only means something to the other library is left out: its base class, its marker
 *              fields, its wrappers of types (`Ref<X>`, `Opt<X>`, `CreationOptional<X>`), ObjectId and Decimal as text
 */
import { createRequire } from 'node:module';

const { ts } = createRequire(new URL('../../../packages/codegen/package.json', import.meta.url))('ts-morph');

export const MODES = ['declared', 'keys', 'leftovers'];

const words = (text) => new Set(text.split(' '));
const CLASS_DECORATORS = words(
  'Entity ChildEntity ViewEntity Table modelOptions ObjectType InputType ArgsType InterfaceType Schema Embeddable',
);
const KEYS = words('PrimaryColumn PrimaryGeneratedColumn PrimaryKey SerializedPrimaryKey ObjectIdColumn');
const TO_ONE = words('ManyToOne OneToOne HasOne BelongsTo TreeParent');
const TO_MANY = words('OneToMany ManyToMany HasMany BelongsToMany TreeChildren');
const FIELD_DECORATORS = words(
  'Column Property Field prop Prop CreateDateColumn UpdateDateColumn DeleteDateColumn VersionColumn Enum Embedded ' +
    'CreatedAt UpdatedAt DeletedAt ForeignKey ApiProperty ApiPropertyOptional Expose Type Formula HideField',
);
const WRAPPERS = words('Ref Opt Hidden CreationOptional NonAttribute Relation Rel DocumentType IType Lazy');
const LISTS_OF_RELATIONS = words('Collection');
const REFERENCES = words('Reference IdentifiedReference Loaded LoadedReference ForeignKey');
const TEXTS = words('ObjectId ObjectID Decimal Decimal128 Big BigNumber');
const MARKERS =
  /^\[(OptionalProps|EntityRepositoryType|PrimaryKeyType|EagerProps|EntityRepository|Config|HiddenProps)\]$/;

/** Whether a file has classes of another library, be they only bases. */
export function isOfLibrary(text) {
  return (
    /^\s*(export )?(default )?(abstract )?class /m.test(text) &&
    (/^\s*@\w+\(/m.test(text) || /extends (BaseEntity|Model|TimeStamps)\b/.test(text))
  );
}

/** @returns the decorators of a node as `{ name, text, node }`. */
function decoratorsOf(node) {
  return (ts.canHaveDecorators(node) ? (ts.getDecorators(node) ?? []) : []).map((decorator) => {
    const { expression } = decorator;
    const target = ts.isCallExpression(expression) ? expression.expression : expression;
    const name = ts.isPropertyAccessExpression(target) ? target.name.text : target.getText();
    return { name, text: expression.getText(), node: decorator };
  });
}

/** Names that a file imports from class-validator: those decorators stay. */
function validatorsOf(source) {
  const names = new Set();
  for (const statement of source.statements) {
    if (!ts.isImportDeclaration(statement) || statement.moduleSpecifier.text !== 'class-validator') continue;
    const bindings = statement.importClause?.namedBindings;
    if (bindings && ts.isNamedImports(bindings)) for (const { name } of bindings.elements) names.add(name.text);
  }
  return names;
}

const has = (node, kind) => (ts.getModifiers(node) ?? []).some((modifier) => modifier.kind === kind);

/** Names of the classes of a file that some library stores or checks; abstract and generic ones are bases, not documents. */
export function candidateClasses(text) {
  const source = ts.createSourceFile('a.ts', text, ts.ScriptTarget.ESNext, true);
  const validators = validatorsOf(source);
  const isKnown = ({ name }) =>
    FIELD_DECORATORS.has(name) || KEYS.has(name) || TO_ONE.has(name) || TO_MANY.has(name) || validators.has(name);
  return source.statements
    .filter(
      (statement) =>
        ts.isClassDeclaration(statement) &&
        statement.name &&
        !has(statement, ts.SyntaxKind.AbstractKeyword) &&
        !statement.typeParameters &&
        (decoratorsOf(statement).some(({ name }) => CLASS_DECORATORS.has(name)) ||
          statement.members.some((member) => ts.isPropertyDeclaration(member) && decoratorsOf(member).some(isKnown))) &&
        statement.members.some(ts.isPropertyDeclaration),
    )
    .map((statement) => statement.name.text);
}

/**
 * The file with its classes converted.
 *
 * @param documents names of the classes that become documents.
 * @param keyless names of those that need an id added: neither they nor their bases have one.
 */
export function convert(text, mode, documents, keyless) {
  const source = ts.createSourceFile('a.ts', text, ts.ScriptTarget.ESNext, true);
  const validators = validatorsOf(source);
  const edits = [];
  const put = (start, end, replacement) => edits.push({ start, end, replacement });
  const packages = packageNames(source);
  const exported = exportedApart(source);
  for (const statement of source.statements) {
    if (!ts.isClassDeclaration(statement)) continue;
    for (const { node } of decoratorsOf(statement)) put(node.getStart(), node.end, '');
    const name = statement.name?.text;
    if (documents.has(name)) {
      const isExported = has(statement, ts.SyntaxKind.ExportKeyword) || exported.has(name);
      put(statement.getStart(), statement.getStart(), `@NuthatchDocument() ${isExported ? '' : 'export '}`);
    }
    if (keyless.has(name))
      put(statement.members.pos, statement.members.pos, '\n  @NuthatchId() readonly nuthatchId!: string;\n');
    // A base or a part, as far as this run goes: our decorators need no @Document there.
    if (!documents.has(name) && name && !has(statement, ts.SyntaxKind.AbstractKeyword)) {
      const keyword = text.lastIndexOf('class', statement.name.getStart());
      put(keyword, keyword, 'abstract ');
    }
    if (mode === 'leftovers') dropBase(statement, packages, put);
    for (const member of statement.members) convertMember(member, mode, validators, put);
  }
  const body = edits
    .map((edit, index) => ({ ...edit, index }))
    .sort((a, b) => b.start - a.start || b.end - a.end || b.index - a.index)
    .reduce((result, { start, end, replacement }) => result.slice(0, start) + replacement + result.slice(end), text);
  const ours = ['Document', 'Id', 'Index'].map((name) => `${name} as Nuthatch${name}`);
  // One line longer than before: positions of the original are one less.
  return `import { ${ours.join(', ')} } from '@nuthatch/decorators';\n${body}`;
}

/** Names that a file exports by `export { A }` or `export default A`. */
function exportedApart(source) {
  const names = new Set();
  for (const statement of source.statements) {
    if (ts.isExportAssignment(statement) && ts.isIdentifier(statement.expression)) names.add(statement.expression.text);
    if (ts.isExportDeclaration(statement) && statement.exportClause && ts.isNamedExports(statement.exportClause))
      for (const { name, propertyName } of statement.exportClause.elements) names.add((propertyName ?? name).text);
  }
  return names;
}

/** Local names imported from packages, path aliases left out as far as names tell. */
function packageNames(source) {
  const names = new Map();
  for (const statement of source.statements) {
    if (!ts.isImportDeclaration(statement)) continue;
    const from = statement.moduleSpecifier.text;
    const clause = statement.importClause;
    if (clause?.name) names.set(clause.name.text, from);
    const bindings = clause?.namedBindings;
    if (bindings && ts.isNamedImports(bindings)) for (const { name } of bindings.elements) names.set(name.text, from);
  }
  return names;
}

const ORM = /^(typeorm|@mikro-orm\/|@typegoose\/|sequelize|mongoose|@nestjs\/mongoose)/;
const ORM_BASES = words('BaseEntity Model TimeStamps Base Document FindOrCreate AggregateRoot');

function dropBase(declaration, packages, put) {
  for (const clause of declaration.heritageClauses ?? []) {
    const name = clause.types[0]?.expression.getText();
    const from = packages.get(name);
    const isOrm = from && (ORM.test(from) || (ORM_BASES.has(name) && /^\.|typegoose/.test(from) && /src/.test(from)));
    if (clause.token === ts.SyntaxKind.ImplementsKeyword || isOrm) put(clause.getStart(), clause.end, '');
  }
}

function convertMember(member, mode, validators, put) {
  const decorators = decoratorsOf(member);
  for (const { name, node } of decorators) if (!validators.has(name)) put(node.getStart(), node.end, '');
  if (ts.isConstructorDeclaration(member) || ts.isMethodDeclaration(member)) {
    for (const parameter of member.parameters)
      for (const { node } of decoratorsOf(parameter)) put(node.getStart(), node.end, '');
    // What sets an entity up is its library's: documents are read without a constructor.
    if (ts.isConstructorDeclaration(member) && mode === 'leftovers') put(member.getStart(), member.end, '');
    return;
  }
  if (!ts.isPropertyDeclaration(member) || has(member, ts.SyntaxKind.StaticKeyword)) return;
  if (mode === 'leftovers' && isMarker(member)) {
    put(member.getStart(), member.end, '');
    return;
  }
  const named = (names) => decorators.find(({ name }) => names.has(name));
  const isKey =
    named(KEYS) ||
    decorators.some(({ name, text }) => name === 'Field' && /=>\s*ID\b/.test(text) && member.name.getText() === 'id') ||
    decorators.some(({ text }) => /primary(Key)?: true/.test(text));
  const isUnique = decorators.some(({ name, text }) => name === 'Unique' || /\bunique: true\b/.test(text));
  const type = member.type?.getText() ?? '';
  const at = member.getStart();
  if (isKey) put(at, at, '@NuthatchId() ');
  else if (isUnique && /^(string|number)$/.test(type)) put(at, at, '@NuthatchIndex() ');
  if (mode === 'declared') return;
  const toMany = named(TO_MANY);
  const toOne = named(TO_ONE);
  if ((toMany || toOne) && !isKey) {
    const isNullable = /\|\s*null\b/.test(type);
    if (member.type)
      put(member.type.getStart(), member.type.end, `${toMany ? 'string[]' : 'string'}${isNullable ? ' | null' : ''}`);
    else put(member.name.end, member.name.end, toMany ? ': string[]' : ': string');
    if (member.initializer)
      put(member.initializer.getStart(), member.initializer.end, toMany ? '[]' : isNullable ? 'null' : "''");
  } else if (mode === 'leftovers' && member.type) convertType(member.type, member, put);
}

/** A field that only tells the other library's types something, or an association's method declared as a field. */
function isMarker(member) {
  const type = member.type?.getText() ?? '';
  return MARKERS.test(member.name.getText()) || /Mixin(<|$)/.test(type);
}

/** `Ref<User>` and `ObjectId` → string, `Opt<Date>` → Date, `Date & Opt` → Date, `Collection<User>` → string[]. */
function convertType(node, member, put) {
  if (ts.isTypeReferenceNode(node)) {
    const name = node.typeName.getText();
    const [argument] = node.typeArguments ?? [];
    if (TEXTS.has(name.split('.').at(-1))) put(node.getStart(), node.end, 'string');
    else if (name === 'Ref' || REFERENCES.has(name)) put(node.getStart(), node.end, 'string');
    else if (LISTS_OF_RELATIONS.has(name)) {
      put(node.getStart(), node.end, 'string[]');
      if (member.initializer) put(member.initializer.getStart(), member.initializer.end, '[]');
    } else if (/^mongoose\.(Schema\.)?Types\.(Array|DocumentArray)$/.test(name)) {
      put(node.getStart(), node.end, `(${argument?.getText() ?? 'string'})[]`);
    } else if (/^mongoose\.(Schema\.)?Types\.Buffer$/.test(name)) {
      put(node.getStart(), node.end, 'Uint8Array');
    } else if (WRAPPERS.has(name) && argument) {
      const inner = argument.getText();
      put(node.getStart(), node.end, TEXTS.has(inner) ? 'string' : inner);
    } else for (const part of node.typeArguments ?? []) convertType(part, member, put);
  } else if (ts.isIntersectionTypeNode(node)) {
    const parts = node.types.filter((part) => !/^(Opt|Hidden)(<|$)/.test(part.getText()));
    if (parts.length < node.types.length)
      put(node.getStart(), node.end, parts.map((part) => part.getText()).join(' & '));
  } else if (ts.isUnionTypeNode(node)) for (const part of node.types) convertType(part, member, put);
  else if (ts.isArrayTypeNode(node)) convertType(node.elementType, member, put);
  else if (ts.isParenthesizedTypeNode(node)) convertType(node.type, member, put);
}
