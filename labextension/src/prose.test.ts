import { describe, expect, it } from 'vitest';
import { splitProse } from './prose';

describe('splitProse', () => {
  it.each([
    ['plain', ['plain']],
    ['', ['']],
    ['`x` is used', ['', 'x', ' is used']],
    ['a `b` c `d`', ['a ', 'b', ' c ', 'd', '']],
    ['a lone ` stays', ['a lone ` stays']],
    ['`x` and `', ['', 'x', ' and `']]
  ])('%s', (text, parts) => {
    expect(splitProse(text)).toEqual(parts);
  });
});
