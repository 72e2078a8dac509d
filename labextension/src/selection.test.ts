import { describe, expect, it } from 'vitest';
import type { Analysis } from './payloads';
import { isNear, selectionOf, type Selection } from './selection';

const analysis = {
  stages: [{ name: 'load' }, { name: 'clean' }],
  links: [{ source: 'load', target: 'clean', label: 'df', edges: [0] }]
} as unknown as Analysis;

const load: Selection = { kind: 'stage', stage: 'load' };
const clean: Selection = { kind: 'stage', stage: 'clean' };
const link: Selection = { kind: 'link', source: 'load', target: 'clean' };

describe('selectionOf', () => {
  it.each([
    ['stage-1', clean],
    ['link-0', link],
    ['stage-7', null],
    ['link-7', null],
    ['', null],
    [undefined, null]
  ])('%s', (detail, selection) => {
    expect(selectionOf(detail, analysis)).toEqual(selection);
  });
});

describe('isNear', () => {
  it('is nothing while nothing is chosen', () => {
    expect(isNear(load, null, analysis.links)).toBe(false);
    expect(isNear(null, load, analysis.links)).toBe(false);
  });
  it.each([
    [load, load, true],
    [load, clean, true],
    [load, { kind: 'stage', stage: 'other' } as const, false],
    [link, load, true],
    [load, link, true],
    [{ kind: 'stage', stage: 'other' } as const, link, false],
    [{ kind: 'link', source: 'a', target: 'b' } as const, load, false]
  ])('%j to %j', (one, chosen, near) => {
    expect(isNear(one, chosen, analysis.links)).toBe(near);
  });
});
