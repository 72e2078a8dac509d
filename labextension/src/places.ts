/** Places and numbers in words, and which diagnostics belong to which cell. Pure functions. */
import type { Analysis, Diagnostic, Place } from './payloads';

/** `cell 9, line 2`; "notebook" where there is no cell. */
export function describePlace(place: Place): string {
  if (!place.cell) {
    return 'notebook';
  }
  return place.line ? `cell ${place.cell}, line ${place.line}` : `cell ${place.cell}`;
}

/** `1 stage`, `2 stages`. */
export function count(number: number, word: string): string {
  return `${number} ${word}${number === 1 ? '' : 's'}`;
}

/** `0.4 s`, `12 s`, `3 min 5 s`. */
export function describeSeconds(seconds: number): string {
  if (seconds < 10) {
    return `${seconds.toFixed(1)} s`;
  }
  const whole = Math.round(seconds);
  return whole < 60 ? `${whole} s` : `${Math.floor(whole / 60)} min ${whole % 60} s`;
}

/** `cells 2–5, 9`. */
export function describeCells(numbers: readonly number[]): string {
  const runs: [number, number][] = [];
  for (const number of [...numbers].sort((a, b) => a - b)) {
    const last = runs[runs.length - 1];
    if (last && number === last[1] + 1) {
      last[1] = number;
    } else {
      runs.push([number, number]);
    }
  }
  const words = runs.map(([a, b]) => (a === b ? `${a}` : `${a}–${b}`)).join(', ');
  return numbers.length === 1 ? `cell ${words}` : `cells ${words}`;
}

/** One line about the whole: `5 stages, 6 edges` or what stands in the way. */
export function summarize(analysis: Analysis): string {
  const parts: string[] = [];
  if (analysis.converts) {
    parts.push(count(analysis.stages.length, 'stage'), count(analysis.links.length, 'edge'));
  }
  for (const severity of ['error', 'warning', 'note'] as const) {
    const number = analysis.diagnostics.filter(d => d.severity === severity).length;
    if (number) {
      parts.push(count(number, severity));
    }
  }
  return parts.join(' · ') || 'nothing to convert';
}

/** The diagnostics that start in a cell. */
export function diagnosticsOf(analysis: Analysis | null, cell: number): Diagnostic[] {
  return analysis?.diagnostics.filter(d => d.place.cell === cell) ?? [];
}

/** Where a place begins and ends in a cell's text, as offsets; the line without its indentation where columns are not known. */
export function offsetsOf(source: string, place: Place): { from: number; to: number } | null {
  const lines = source.split('\n');
  if (!place.line || place.line > lines.length) {
    return null;
  }
  const starts: number[] = [];
  let offset = 0;
  for (const line of lines) {
    starts.push(offset);
    offset += line.length + 1;
  }
  const first = lines[place.line - 1];
  const indent = first.length - first.trimStart().length;
  const from = starts[place.line - 1] + Math.min(place.column ? place.column - 1 : indent, first.length);
  const lastLine = Math.min(Math.max(place.end_line, place.line), lines.length);
  const last = lines[lastLine - 1];
  const to = starts[lastLine - 1] + Math.min(place.end_column ? place.end_column - 1 : last.length, last.length);
  return from < to ? { from, to } : { from: starts[place.line - 1] + Math.min(indent, first.length), to: starts[place.line - 1] + first.length };
}

/** The line of a cell that a place names, without its indentation. */
export function lineAt(sources: readonly string[], place: Place): string {
  if (!place.cell || !place.line) {
    return '';
  }
  return (sources[place.cell - 1] ?? '').split('\n')[place.line - 1]?.trim() ?? '';
}

/** The folder of a path; empty at the root. */
export function folderOf(path: string): string {
  return path.includes('/') ? path.slice(0, path.lastIndexOf('/')) : '';
}

/** The project's folder for a notebook: the chosen one, `{name}` being the notebook's; else one beside it. */
export function outputFolder(path: string, chosen: string): string {
  const file = path.slice(path.lastIndexOf('/') + 1);
  const name = file.includes('.') ? file.slice(0, file.lastIndexOf('.')) : file;
  const wanted = (chosen.trim() || '{name}').replaceAll('{name}', name);
  const whole = wanted.startsWith('/') ? wanted : `${folderOf(path)}/${wanted}`;
  const parts: string[] = [];
  for (const part of whole.split('/')) {
    if (part === '..' && parts.length && parts[parts.length - 1] !== '..') {
      parts.pop();
    } else if (part && part !== '.') {
      parts.push(part);
    }
  }
  return parts.join('/');
}
