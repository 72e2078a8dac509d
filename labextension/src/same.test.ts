/** Cases that the server's tests read, too: what both sides say of names, tags and edits is the same. */
import { expect, it } from 'vitest';
import cases from '../../tests/unit/lab/same_in_typescript.json';
import type { Edit } from './payloads';
import { applyEdits, nameProblem, readTags } from './tags';

it.each(Object.entries(cases.names))('the name %j: %s', (name, isGood) => {
  expect(nameProblem(name) === '').toBe(isGood);
});

it.each(cases.tags)('the tags $tags', ({ tags, ...own }) => {
  expect(readTags(tags)).toEqual(own);
});

it.each(cases.edits)('the edits $edits', ({ before, edits, after }) => {
  const cells = before.map(tags => ({ tags }));
  expect(applyEdits(cells, edits as Edit[]).map(cell => cell.tags)).toEqual(after);
});
