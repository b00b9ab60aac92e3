/**
 * `nuthatch completion`: a script that teaches a shell the verbs and options. It is made of what the command line itself
 * has registered, so it cannot name a verb that is not there, and it starts no process when a key is pressed.
 */
import type { Command, Option } from 'commander';
import { EXIT, UsageError } from '../exit-code.js';
import { JSON_FLAG } from '../flags.js';
import type { Output } from '../output.js';
import type { VerbOptions, VerbRegistry } from '../verb.js';

export function addCompletion(registry: VerbRegistry): void {
  const { program } = registry;
  const run = (shell: string, _options: VerbOptions, output: Output): Promise<number> =>
    runCompletion(program, shell, output);
  program
    .command('completion <shell>')
    .description('print a script that completes verbs and options in bash, zsh or fish')
    .option(...JSON_FLAG)
    .addHelpText('after', `\n${HOW_TO.join('\n')}`)
    .action(registry.runVerb<[string], VerbOptions>(run));
}

const HOW_TO = [
  'bash: nuthatch completion bash > ~/.local/share/bash-completion/completions/nuthatch',
  'zsh:  nuthatch completion zsh > _nuthatch, in a folder of $fpath',
  'fish: nuthatch completion fish > ~/.config/fish/completions/nuthatch.fish',
];

const SCRIPTS: Readonly<Record<string, (verbs: readonly Verb[]) => string>> = { bash, zsh, fish };

async function runCompletion(program: Command, shell: string, output: Output): Promise<number> {
  const script = Object.hasOwn(SCRIPTS, shell) ? SCRIPTS[shell] : undefined;
  if (script === undefined)
    throw new UsageError('shell', `the shell must be ${Object.keys(SCRIPTS).join(', ')}, found ${shell}`);
  output.out(script(verbsOf(program)));
  return EXIT.done;
}

/** A verb, or the program itself with no words. */
interface Verb {
  /** `[]`, `['verify']`, `['migrate', 'up']`. */
  readonly words: readonly string[];
  readonly description: string;
  readonly subverbs: readonly { readonly name: string; readonly description: string }[];
  readonly options: readonly {
    readonly names: readonly string[];
    readonly description: string;
    readonly hasValue: boolean;
  }[];
}

function verbsOf(command: Command, words: readonly string[] = []): readonly Verb[] {
  const help = command.createHelp();
  const own: Verb = {
    words,
    description: command.description(),
    subverbs: help.visibleCommands(command).map((each) => ({ name: each.name(), description: each.description() })),
    options: help.visibleOptions(command).map((option) => ({
      names: namesOf(option),
      description: option.description,
      hasValue: option.required || option.optional,
    })),
  };
  return [own, ...command.commands.flatMap((each) => verbsOf(each, [...words, each.name()]))];
}

function namesOf({ short, long }: Option): readonly string[] {
  return [short, long].filter((name) => name !== undefined);
}

/** In single quotes, as all three shells take them. */
function quoted(text: string): string {
  return `'${text.replaceAll("'", "'\\''")}'`;
}

function wordsOf({ subverbs, options }: Verb): string {
  return [...subverbs.map(({ name }) => name), ...options.flatMap(({ names }) => names)].join(' ');
}

/** Files are what is left: most arguments of verbs are directories. */
function bash(verbs: readonly Verb[]): string {
  const groups = verbs.filter(({ words, subverbs }) => words.length === 1 && subverbs.length > 0);
  return `# bash completion of nuthatch
_nuthatch() {
  local current="\${COMP_WORDS[COMP_CWORD]}" verb="\${COMP_WORDS[1]}" words files
  [ "$COMP_CWORD" -le 1 ] && verb=''
  case "$verb" in
    ${groups.map(({ words }) => words[0]).join('|')}) [ "$COMP_CWORD" -gt 2 ] && verb="$verb \${COMP_WORDS[2]}" ;;
  esac
  case "$verb" in
${verbs.map((verb) => `    ${quoted(verb.words.join(' '))}) words=${quoted(wordsOf(verb))}${verb.subverbs.length === 0 ? ' files=1' : ''} ;;`).join('\n')}
    *) words='' ;;
  esac
  COMPREPLY=()
  case "$current" in
    -*) ;;
    *) [ -n "$files" ] && mapfile -t COMPREPLY < <(compgen -f -- "$current") ;;
  esac
  mapfile -t -O "\${#COMPREPLY[@]}" COMPREPLY < <(compgen -W "$words" -- "$current")
}
complete -o filenames -F _nuthatch nuthatch`;
}

function zsh(verbs: readonly Verb[]): string {
  // A colon parts a name from its description, and brackets end it.
  const plain = (text: string): string => text.replace(/[[\]:\\]/g, '\\$&');
  const functionOf = (words: readonly string[]): string => ['_nuthatch', ...words].join('_').replaceAll('-', '_');
  const bodies = verbs.map((verb) => {
    const options = verb.options.map(({ names, description, hasValue }) => {
      const [name = ''] = names.slice(-1);
      return `    ${quoted(`*${name}[${plain(description)}]${hasValue ? ':value:_files' : ''}`)}`;
    });
    if (verb.subverbs.length === 0)
      return `${functionOf(verb.words)}() {\n  _arguments \\\n${[...options, "    '*:file:_files'"].join(' \\\n')}\n}`;
    const subverbs = verb.subverbs.map(
      ({ name, description }) => `    ${quoted(`${plain(name)}:${plain(description)}`)}`,
    );
    const cases = verb.subverbs.map(({ name }) => `    ${name}) ${functionOf([...verb.words, name])} ;;`);
    return `${functionOf(verb.words)}() {
  local -a verbs
  verbs=(
${subverbs.join('\n')}
  )
  if (( CURRENT == 2 )); then
    _describe 'verb' verbs
    _arguments \\
${options.join(' \\\n')}
    return
  fi
  shift words
  (( CURRENT-- ))
  case "$words[1]" in
${cases.join('\n')}
  esac
}`;
  });
  return `#compdef nuthatch\n${bodies.join('\n')}\n_nuthatch "$@"`;
}

function fish(verbs: readonly Verb[]): string {
  const lines = verbs.flatMap((verb) => {
    const [first, second] = verb.words;
    const group = verbs.find(({ words, subverbs }) => words.length === 1 && words[0] === first && subverbs.length > 0);
    const seen = (word: string): string => `__fish_seen_subcommand_from ${word}`;
    const others = (names: readonly { readonly name: string }[]): string =>
      `not ${seen(names.map(({ name }) => name).join(' '))}`;
    const condition =
      first === undefined
        ? '__fish_use_subcommand'
        : second !== undefined
          ? `${seen(first)}; and ${seen(second)}`
          : group === undefined
            ? seen(first)
            : `${seen(first)}; and ${others(verb.subverbs)}`;
    const when = `complete -c nuthatch -n ${quoted(condition)}`;
    return [
      ...verb.subverbs.map(({ name, description }) => `${when} -f -a ${quoted(name)} -d ${quoted(description)}`),
      ...verb.options.map(({ names, description, hasValue }) => {
        const flags = names.map((name) => (name.startsWith('--') ? `-l ${name.slice(2)}` : `-s ${name.slice(1)}`));
        return `${when} ${flags.join(' ')}${hasValue ? ' -r' : ''} -d ${quoted(description)}`;
      }),
    ];
  });
  return `# fish completion of nuthatch\n${lines.join('\n')}`;
}
