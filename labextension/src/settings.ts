/** The user's settings, as JupyterLab's settings system keeps them. */

/** See schema/plugin.json; notebooks can say otherwise in their metadata. */
export interface Settings {
  outputFolder: string;
  style: '' | 'function' | 'notebook';
  targets: string[];
  record: boolean;
  delay: number;
  showInCells: boolean;
  notesInCells: boolean;
}

export const DEFAULTS: Settings = {
  outputFolder: '{name}',
  style: '',
  targets: [],
  record: false,
  delay: 300,
  showInCells: true,
  notesInCells: false
};

/** Settings from the composite of JupyterLab's settings registry; a value of the wrong kind falls back to its default. */
export function readSettings(composite: Readonly<Record<string, unknown>>): Settings {
  const text = (key: keyof Settings) =>
    typeof composite[key] === 'string' ? (composite[key] as string) : (DEFAULTS[key] as string);
  const flag = (key: keyof Settings) =>
    typeof composite[key] === 'boolean' ? (composite[key] as boolean) : (DEFAULTS[key] as boolean);
  const style = text('style');
  const targets = composite['targets'];
  const delay = Number(composite['delay']);
  return {
    outputFolder: text('outputFolder') || DEFAULTS.outputFolder,
    style: style === 'function' || style === 'notebook' ? style : '',
    targets: Array.isArray(targets) ? targets.filter((t): t is string => typeof t === 'string') : [],
    record: flag('record'),
    delay: delay >= 100 && delay <= 800 ? delay : DEFAULTS.delay,
    showInCells: flag('showInCells'),
    notesInCells: flag('notesInCells')
  };
}
