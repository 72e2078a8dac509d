import { describe, expect, it } from 'vitest';
import {
  applyEdits,
  editTags,
  likelyStage,
  nameProblem,
  readTags,
  withAfter,
  withMetrics,
  withRole
} from './tags';

describe('readTags', () => {
  it.each([
    [[], '', ''],
    [['mytool:x', 'hide-input'], '', ''],
    [['block:'], '', ''], // Kale's untagged cell
    [['stage:clean'], 'stage', 'clean'],
    [[' stage: clean '], 'stage', 'clean'],
    [['step:clean'], 'stage', 'clean'],
    [['block:clean'], 'stage', 'clean'],
    [['same_step_2'], 'stage', 'step_2'],
    [['imports'], 'imports', ''],
    [['pipeline-parameters'], 'parameters', ''],
    [['imports', 'skip'], 'skip', ''],
    [['stage:clean', 'skip'], 'skip', 'clean'],
    [['Skip'], '', ''] // a near miss, which the server warns of
  ])('%j is %s %s', (tags, role, stage) => {
    const own = readTags(tags);
    expect([own.role, own.stage]).toEqual([role, stage]);
  });

  it('knows order and metrics', () => {
    const own = readTags(['stage:b', 'after:a', 'prev: c', 'pipeline-metrics']);
    expect(own.after).toEqual(['a', 'c']);
    expect(own.metrics).toBe(true);
  });
});

describe('withRole', () => {
  it('leaves tags of other tools where they are', () => {
    expect(withRole(['hide', 'stage:a', 'keep'], 'stage', 'b')).toEqual(['hide', 'keep', 'stage:b']);
    expect(withRole(['hide', 'limit:cpu=2', 'after:x'], 'skip')).toEqual(['hide', 'limit:cpu=2', 'after:x', 'skip']);
  });

  it('replaces what other spellings say', () => {
    expect(withRole(['block:a', 'same_step_1', 'imports'], 'functions')).toEqual(['functions']);
    expect(withRole(['step:a', 'pipeline-parameters'], '')).toEqual([]);
  });
});

describe('withAfter', () => {
  it.each([
    [['stage:b', 'after:a'], ['a'], ['stage:b', 'after:a']],
    [['stage:b', 'prev:a'], ['a'], ['stage:b', 'prev:a']],
    [['stage:b', 'after:a'], [], ['stage:b']],
    [['stage:b'], ['a', 'c', 'a'], ['stage:b', 'after:a', 'after:c']]
  ])('%j with %j', (tags, after, result) => {
    expect(withAfter(tags, after)).toEqual(result);
  });
});

describe('withMetrics', () => {
  it('does not double what another spelling says', () => {
    expect(withMetrics(['pipeline-metrics'], true)).toEqual(['pipeline-metrics']);
    expect(withMetrics(['a', 'metrics', 'pipeline-metrics'], false)).toEqual(['a']);
    expect(withMetrics(['a'], true)).toEqual(['a', 'metrics']);
  });
});

describe('nameProblem', () => {
  it.each(['clean', 'Clean data', '数据', 'été 2', 'class', '1', 'a.b', 'a'.repeat(120)])('%s is fine', name => {
    expect(nameProblem(name)).toBe('');
  });
  it.each([
    ['', /Type a name/],
    ['   ', /Type a name/],
    ['a/b', /path/],
    ['..', /path/],
    ['a\\b', /path/],
    ['---', /no letter or digit/],
    ['a\u0007b', /cannot be printed/],
    ['a'.repeat(121), /longer than 120 bytes/],
    ['é'.repeat(61), /longer than 120 bytes/]
  ])('%j is not', (name, why) => {
    expect(nameProblem(name)).toMatch(why);
  });
});

describe('likelyStage', () => {
  it.each([
    ['clean', ''],
    ['Clean', 'clean'],
    ['train-model', 'train_model'],
    ['score', '']
  ])('%s: %s', (name, likely) => {
    expect(likelyStage(name, ['clean', 'train_model'])).toBe(likely);
  });
});

describe('edits', () => {
  it('leaves the list that it is given alone', () => {
    const cells = [{ tags: ['a'] }];
    applyEdits(cells, [{ kind: 'tags', cell: 1, remove: ['a'], add: ['b'] }]);
    expect(cells).toEqual([{ tags: ['a'] }]);
  });

  it('keeps a tag that is added again where it is', () => {
    expect(editTags(['a', 'b'], [], ['a', 'c', 'c'])).toEqual(['a', 'b', 'c']);
  });

  it('moves a cell to where another stands', () => {
    const names = (edits: Parameters<typeof applyEdits>[1]) =>
      applyEdits([{ tags: ['1'] }, { tags: ['2'] }, { tags: ['3'] }], edits).map(cell => cell.tags[0]);
    expect(names([{ kind: 'move', cell: 3, to: 1 }])).toEqual(['3', '1', '2']);
    expect(names([{ kind: 'move', cell: 1, to: 3 }])).toEqual(['2', '3', '1']);
    expect(names([{ kind: 'move', cell: 1, to: 2 }, { kind: 'move', cell: 1, to: 2 }])).toEqual(['1', '2', '3']);
  });
});
