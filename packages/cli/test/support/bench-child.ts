/** Measures for a minute, until a test stops the process: the work of `nuthatch bench` without the other verbs. */
import { Command } from 'commander';
import { addBench } from '../../src/commands/bench.js';
import { CONSOLE } from '../../src/output.js';
import { CommandLine } from '../../src/verb.js';

const program = new Command('nuthatch');
addBench(new CommandLine(program, CONSOLE, process.cwd()));
void program.parseAsync(['bench', '--seconds', '60'], { from: 'user' });
