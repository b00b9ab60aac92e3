/**
 * Holds package-lock.json, or the file that is named, against what `npm ci` needs on every platform: no registry named, and a version for every
 * optional package. `npm install` drops the builds of other platforms when the registry at hand does not serve them.
 */
import { readFileSync } from 'node:fs';

const file = process.argv[2] ?? 'package-lock.json';
const { packages } = JSON.parse(readFileSync(file, 'utf8'));
const complaints = [];
for (const [path, entry] of Object.entries(packages)) {
  if (/^[a-z+]+:/.test(entry.resolved ?? '')) complaints.push(`${path}: names where it was fetched from`);
  for (const [name, version] of Object.entries(entry.optionalDependencies ?? {})) {
    const found = lookUp(path, name);
    if (!found) complaints.push(`${path}: its optional package ${name} ${version} is missing`);
    else if (/^\d/.test(version) && found.version !== version) {
      complaints.push(`${path}: its optional package ${name} is ${found.version}, not ${version}`);
    }
  }
}
if (complaints.length > 0) {
  console.error(`${file}:\n  ${complaints.join('\n  ')}`);
  process.exit(1);
}

/** The entry that `name` means below `path`, as Node looks for it: the nearest node_modules upwards. */
function lookUp(path, name) {
  for (let folder = path; ; ) {
    const found = packages[`${folder ? `${folder}/` : ''}node_modules/${name}`];
    if (found || folder === '') return found;
    const end = folder.lastIndexOf('node_modules/');
    folder = end <= 0 ? '' : folder.slice(0, end - 1);
  }
}
