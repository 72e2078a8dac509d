/** What is chosen in the graph. Pure functions. */
import type { Analysis } from './payloads';

/** A stage, or the line between two. */
export type Selection =
  | { kind: 'stage'; stage: string }
  | { kind: 'link'; source: string; target: string };

/** `stage-3` or `link-2` of the server's picture as a selection. */
export function selectionOf(detail: string | undefined, analysis: Analysis): Selection | null {
  const [kind, place] = (detail ?? '').split('-');
  if (kind === 'stage') {
    const stage = analysis.stages[Number(place)];
    return stage ? { kind, stage: stage.name } : null;
  }
  const link = kind === 'link' ? analysis.links[Number(place)] : undefined;
  return link ? { kind: 'link', source: link.source, target: link.target } : null;
}

/** Whether two selections are the same. */
export function isSame(a: Selection | null, b: Selection | null): boolean {
  return JSON.stringify(a) === JSON.stringify(b);
}

/** Whether one part of the picture touches what is chosen. */
export function isNear(
  one: Selection | null,
  chosen: Selection | null,
  links: Analysis['links']
): boolean {
  if (!one || !chosen) {
    return false;
  }
  if (isSame(one, chosen)) {
    return true;
  }
  if (chosen.kind === 'link') {
    return one.kind === 'stage' && (one.stage === chosen.source || one.stage === chosen.target);
  }
  if (one.kind === 'link') {
    return one.source === chosen.stage || one.target === chosen.stage;
  }
  return links.some(
    ({ source, target }) =>
      (source === one.stage && target === chosen.stage) || (source === chosen.stage && target === one.stage)
  );
}
