// Puts the packages of package-lock.json into node_modules, each checked against its hash: what `npm ci` does, where
// there is no npm. Run in the folder of package-lock.json.

import assert from 'node:assert/strict';
import {execFileSync} from 'node:child_process';
import {createHash} from 'node:crypto';
import {mkdirSync, readFileSync, rmSync} from 'node:fs';

const {packages} = JSON.parse(readFileSync('package-lock.json'));

for (const [folder, {version, integrity}] of Object.entries(packages)) {
  if (!folder) continue; // this project
  const name = folder.replace(/^.*node_modules\//, '');
  const url = `https://registry.npmjs.org/${name}/-/${name.split('/').pop()}-${version}.tgz`;
  const answer = await fetch(url);
  assert.ok(answer.ok, `${url}: ${answer.status}`);
  const bytes = Buffer.from(await answer.arrayBuffer());
  assert.equal('sha512-' + createHash('sha512').update(bytes).digest('base64'), integrity, url);
  rmSync(folder, {recursive: true, force: true});
  mkdirSync(folder, {recursive: true});
  execFileSync('tar', ['-xz', '--strip-components=1', '-C', folder], {input: bytes});
}
