import { describe, expect, it } from 'vitest';
import { DEFAULTS, readSettings } from './settings';

describe('readSettings', () => {
  it('falls back where a value is missing or of the wrong kind', () => {
    expect(readSettings({})).toEqual(DEFAULTS);
    expect(readSettings({ style: 'odd', delay: 5, targets: 'x', record: 'yes', outputFolder: '' })).toEqual(DEFAULTS);
  });

  it('takes what is there', () => {
    const chosen = { ...DEFAULTS, style: 'notebook', targets: ['airflow'], delay: 500, showInCells: false };
    expect(readSettings(chosen)).toEqual(chosen);
  });
});
