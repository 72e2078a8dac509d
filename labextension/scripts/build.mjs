// Builds the extension into nb2pipe/lab/labextension: TypeScript, then JupyterLab's builder. What was built from is
// written beside it, so that a test without node can tell whether it is current.
import { execFileSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { readFileSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';

const HERE = fileURLToPath(new URL('..', import.meta.url));
const OUT = fileURLToPath(new URL('../../nb2pipe/lab/labextension', import.meta.url));

/** The same as in tests/unit/lab/test_built.py: each file's path and content, in order. */
function fingerprint() {
  const hash = createHash('sha256');
  const files = ['package.json', 'package-lock.json', 'tsconfig.json'];
  for (const folder of ['schema', 'src', 'style']) {
    files.push(...readdirSync(HERE + folder).map(name => `${folder}/${name}`));
  }
  for (const file of files.filter(name => !name.includes('.test.')).sort()) {
    hash.update(`${file}\0`).update(readFileSync(HERE + file));
  }
  return hash.digest('hex');
}

const run = (script, ...args) => execFileSync(process.execPath, [script, ...args], { cwd: HERE, stdio: 'inherit' });

for (const folder of [HERE + 'lib', OUT]) {
  rmSync(folder, { recursive: true, force: true });
}
run('node_modules/typescript/bin/tsc');
run(
  'node_modules/@jupyter/builder/lib/build-labextension.js',
  '--core-package-file',
  'node_modules/@jupyterlab/core-meta/core.package.json',
  '.'
);
writeFileSync(`${OUT}/built-from.txt`, fingerprint() + '\n');
