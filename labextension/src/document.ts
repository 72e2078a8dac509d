/** A notebook panel as nb2pipe sees it: its cells' sources and tags read, and edits made in one step that can be undone. */
import type { ICellModel } from '@jupyterlab/cells';
import type { NotebookPanel } from '@jupyterlab/notebook';
import type { PartialJSONObject } from '@lumino/coreutils';
import type { Document, Edit } from './payloads';
import { editTags } from './tags';

/** The notebook without outputs, as the server reads it. */
export function readDocument(panel: NotebookPanel): Document {
  const model = panel.content.model;
  if (!model) {
    return { cells: [], metadata: {} };
  }
  const cells = [...model.cells].map(cell => ({
    cell_type: cell.type,
    source: cell.sharedModel.getSource(),
    metadata: { tags: tagsOf(cell) }
  }));
  return { cells, metadata: model.sharedModel.getMetadata() as Document['metadata'] };
}

/** All tags of a cell. */
export function tagsOf(cell: ICellModel): string[] {
  const tags: unknown = cell.sharedModel.getMetadata('tags');
  return Array.isArray(tags) ? tags.filter((tag): tag is string => typeof tag === 'string') : [];
}

/** Gives cells tags, all in one step of the notebook's undo history. */
export function setTags(panel: NotebookPanel, wanted: ReadonlyMap<ICellModel, readonly string[]>): void {
  const history = beginStep(panel);
  panel.content.model?.sharedModel.transact(() => {
    for (const [cell, tags] of wanted) {
      writeTags(cell.sharedModel, tags);
    }
  }, true);
  history?.stopCapturing?.();
}

/** Makes edits, all in one step of the notebook's undo history. */
export function makeEdits(panel: NotebookPanel, edits: readonly Edit[]): void {
  const model = panel.content.model;
  if (!model) {
    return;
  }
  const shared = model.sharedModel;
  const history = beginStep(panel);
  const order = [...shared.cells];
  shared.transact(() => {
    for (const edit of edits) {
      if (edit.kind === 'move') {
        const [moved] = order.splice(edit.cell - 1, 1);
        order.splice(edit.to - 1, 0, moved);
      } else {
        const cell = order[edit.cell - 1];
        const now: unknown = cell.getMetadata('tags');
        const tags = Array.isArray(now) ? (now as string[]) : [];
        writeTags(cell, editTags(tags, edit.remove, edit.add));
      }
    }
  }, true);
  for (const edit of edits) {
    if (edit.kind === 'move') {
      shared.moveCell(edit.cell - 1, edit.to - 1); // joins the step: the history collects what comes at once
    }
  }
  history?.stopCapturing?.();
}

/** What nb2pipe's options in the notebook's metadata say; `nb2pipe_lab` holds those that only JupyterLab needs. */
export function readOptions(panel: NotebookPanel, key: 'nb2pipe' | 'nb2pipe_lab'): PartialJSONObject {
  const value: unknown = panel.content.model?.getMetadata(key);
  return value && typeof value === 'object' && !Array.isArray(value) ? (value as PartialJSONObject) : {};
}

/** Writes options into the notebook's metadata; an empty value takes the key off, and the last key the table. */
export function writeOption(
  panel: NotebookPanel,
  key: 'nb2pipe' | 'nb2pipe_lab',
  name: string,
  value: string | string[] | boolean
): void {
  const options = { ...readOptions(panel, key) };
  if (value === '' || value === false || (Array.isArray(value) && !value.length)) {
    delete options[name];
  } else {
    options[name] = value;
  }
  const model = panel.content.model;
  if (Object.keys(options).length) {
    model?.setMetadata(key, options);
  } else {
    model?.deleteMetadata(key);
  }
}

interface IHistory {
  stopCapturing?: () => void;
}

/** Begins a step of its own in the undo history, however soon it follows the last one. */
function beginStep(panel: NotebookPanel): IHistory | undefined {
  const history = (panel.content.model?.sharedModel as { undoManager?: IHistory } | undefined)?.undoManager;
  history?.stopCapturing?.();
  return history;
}

function writeTags(cell: ICellModel['sharedModel'], tags: readonly string[]): void {
  if (tags.length) {
    cell.setMetadata('tags', [...tags]);
  } else {
    cell.deleteMetadata('tags');
  }
}
