/**
 * Tags as text: what a cell's own tags say, and how they change. Pure functions; the grammar is that of
 * nb2pipe/notebook/grammar.py, and tests hold the two together.
 */
import type { Edit } from './payloads';

/** What a cell can be tagged to be; the empty role follows the cell above. */
export type Role = '' | 'stage' | 'imports' | 'functions' | 'parameters' | 'skip';

/** What a cell's own tags say. */
export interface OwnTags {
  role: Role;
  /** The stage's name, as tagged, where `role` is `stage`. */
  stage: string;
  after: string[];
  metrics: boolean;
}

/** A cell as far as edits change it. */
export interface TaggedCell {
  tags: string[];
}

const STAGE = /^\s*(?:stage|step|block)\s*:/;
const SAME = /^\s*same_step_(\d+)\s*$/;
const AFTER = /^\s*(?:after|prev)\s*:/;
const ROLES: Record<string, Role> = {
  skip: 'skip',
  parameters: 'parameters',
  'pipeline-parameters': 'parameters',
  imports: 'imports',
  functions: 'functions'
};
const PRECEDENCE: Role[] = ['skip', 'parameters', 'imports', 'functions'];
const METRICS = ['metrics', 'pipeline-metrics'];
const MAX_BYTES = 120;

/** Reads the tags of a cell. */
export function readTags(tags: readonly string[]): OwnTags {
  const words = tags.map(tag => tag.trim());
  const roles = words.map(word => ROLES[word]).filter(Boolean);
  const same = words.map(word => SAME.exec(word)).find(Boolean);
  const stage =
    words.find(word => STAGE.test(word) && rest(word))?.replace(STAGE, '') ??
    (same ? `step_${same[1]}` : '');
  const role = PRECEDENCE.find(each => roles.includes(each));
  return {
    role: role ?? (stage ? 'stage' : ''),
    stage: stage.trim(),
    after: words.filter(word => AFTER.test(word)).map(rest),
    metrics: words.some(word => METRICS.includes(word))
  };
}

/** The tags with another role; tags that say anything else stay as and where they are. */
export function withRole(
  tags: readonly string[],
  role: Role,
  stage = ''
): string[] {
  const kept = tags.filter(
    tag => !STAGE.test(tag) && !SAME.test(tag) && !(tag.trim() in ROLES)
  );
  if (role === '') {
    return kept;
  }
  return [...kept, role === 'stage' ? `stage:${stage.trim()}` : role];
}

/** The tags with `after:` naming these stages and no others. */
export function withAfter(
  tags: readonly string[],
  stages: readonly string[]
): string[] {
  const wanted = [...new Set(stages)];
  const kept = tags.filter(tag => !AFTER.test(tag) || wanted.includes(rest(tag)));
  const there = kept.filter(tag => AFTER.test(tag)).map(rest);
  const missing = wanted.filter(name => !there.includes(name));
  return [...kept, ...missing.map(name => `after:${name}`)];
}

/** The tags with or without `metrics`. */
export function withMetrics(tags: readonly string[], metrics: boolean): string[] {
  const kept = tags.filter(tag => !METRICS.includes(tag.trim()));
  if (!metrics) {
    return kept;
  }
  return kept.length < tags.length ? [...tags] : [...tags, 'metrics'];
}

/** Why a text cannot be a stage's name, or an empty text where it can. */
export function nameProblem(text: string): string {
  const name = text.trim();
  if (!name) {
    return 'Type a name.';
  }
  // eslint-disable-next-line no-control-regex
  if (/[\u0000-\u001f\u007f-\u009f\ud800-\udfff]/.test(name.replace(/[\ud800-\udbff][\udc00-\udfff]/g, ''))) {
    return 'The name holds a character that cannot be printed.';
  }
  if (/[/\\]/.test(name) || name === '.' || name === '..') {
    return 'The name is a path, and becomes the name of a file. Leave out slashes.';
  }
  if (!/[\p{L}\p{Nl}\p{Nd}]/u.test(name)) {
    return 'The name has no letter or digit.';
  }
  if (new TextEncoder().encode(name).length > MAX_BYTES) {
    return `The name is longer than ${MAX_BYTES} bytes, and becomes the name of a file.`;
  }
  return '';
}

/** A stage that differs from a name only by case, blanks or punctuation: likely the one that is meant. */
export function likelyStage(name: string, stages: readonly string[]): string {
  const plain = (text: string) =>
    text.toLowerCase().replace(/[^\p{L}\p{N}]/gu, '');
  if (stages.includes(name.trim())) {
    return '';
  }
  return stages.find(stage => plain(stage) === plain(name)) ?? '';
}

/** Makes edits, one after the other, on a list of cells; gives a new list, cells that do not change as they are. */
export function applyEdits<T extends TaggedCell>(
  cells: readonly T[],
  edits: readonly Edit[]
): T[] {
  const result = [...cells];
  for (const edit of edits) {
    if (edit.kind === 'move') {
      const [moved] = result.splice(edit.cell - 1, 1);
      result.splice(edit.to - 1, 0, moved);
    } else {
      const cell = result[edit.cell - 1];
      result[edit.cell - 1] = { ...cell, tags: editTags(cell.tags, edit.remove, edit.add) };
    }
  }
  return result;
}

/** Takes tags off and adds others at the end, each once. */
export function editTags(
  tags: readonly string[],
  remove: readonly string[],
  add: readonly string[]
): string[] {
  const kept = tags.filter(tag => !remove.includes(tag));
  return [...kept, ...[...new Set(add)].filter(tag => !kept.includes(tag))];
}

function rest(tag: string): string {
  return tag.slice(tag.indexOf(':') + 1).trim();
}
