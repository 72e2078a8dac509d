import { describe, expect, it } from 'vitest';
import type { Place } from './payloads';
import { describeCells, describePlace, describeSeconds, lineAt, offsetsOf, outputFolder } from './places';

const place = (line: number, column = 0, end_line = line, end_column = 0): Place => ({
  cell: 1,
  line,
  column,
  end_line,
  end_column
});

describe('offsetsOf', () => {
  const source = 'x = 1\n    y = xy\n\nz';
  const marked = (p: Place) => {
    const found = offsetsOf(source, p);
    return found && source.slice(found.from, found.to);
  };
  it.each([
    [place(0), null],
    [place(9), null],
    [place(1), 'x = 1'],
    [place(2), 'y = xy'],
    [place(2, 9, 2, 11), 'xy'],
    [place(2, 9), 'xy'],
    [place(1, 5, 2, 6), '1\n    y'],
    [place(1, 90, 1, 99), 'x = 1'], // columns of text that has changed since
    [place(3), '']
  ])('%j', (p, text) => {
    expect(marked(p)).toBe(text);
  });
});

describe('words', () => {
  it('for places', () => {
    expect(describePlace({ ...place(3), cell: 0 })).toBe('notebook');
    expect(describePlace(place(0))).toBe('cell 1');
    expect(describePlace(place(3))).toBe('cell 1, line 3');
    expect(lineAt(['a\n  b'], place(2))).toBe('b');
    expect(lineAt(['a'], place(7))).toBe('');
  });

  it.each([
    [[4], 'cell 4'],
    [[2, 3, 4, 9], 'cells 2–4, 9'],
    [[9, 2], 'cells 2, 9']
  ])('for cells %j', (numbers, words) => {
    expect(describeCells(numbers)).toBe(words);
  });

  it.each([
    [0.04, '0.0 s'],
    [9.96, '10.0 s'],
    [59.4, '59 s'],
    [185, '3 min 5 s']
  ])('for %d seconds', (seconds, words) => {
    expect(describeSeconds(seconds)).toBe(words);
  });
});

describe('outputFolder', () => {
  it.each([
    ['churn.ipynb', '', 'churn'],
    ['work/churn.ipynb', '', 'work/churn'],
    ['work/a.b.ipynb', '{name}', 'work/a.b'],
    ['work/churn.ipynb', 'out/{name}-{name}', 'work/out/churn-churn'],
    ['work/churn.ipynb', '/projects/{name}', 'projects/churn'],
    ['work/churn.ipynb', '../{name}', 'churn'],
    ['work/churn.ipynb', '../../x', '../x'] // for the server to refuse, not for us to hide
  ])('%s, %s: %s', (path, chosen, folder) => {
    expect(outputFolder(path, chosen)).toBe(folder);
  });
});
