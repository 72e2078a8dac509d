/** Commands: for the palette, for shortcuts, and for those who script JupyterLab. */
import type { JupyterFrontEnd } from '@jupyterlab/application';
import type { ICommandPalette } from '@jupyterlab/apputils';
import type { Cell, ICellModel } from '@jupyterlab/cells';
import type { NotebookPanel } from '@jupyterlab/notebook';
import { firstCodeCell } from './cells';
import { setTags, tagsOf } from './document';
import type { PipelineModel } from './model';
import type { PipelinePanel } from './panel';
import type { Place } from './payloads';
import { offsetsOf } from './places';
import { chooseTags, tagsFor } from './tagEditor';
import { readTags, withMetrics, withRole, type Role } from './tags';

const CATEGORY = 'Pipeline';

/** Adds the commands to the application and the palette. */
export function addCommands(app: JupyterFrontEnd, panel: PipelinePanel, palette: ICommandPalette | null): void {
  const { commands } = app;
  const current = () => panel.model;
  const isEnabled = () => current() !== null;
  const add = (
    name: string,
    label: string,
    execute: (model: PipelineModel, args: Record<string, unknown>) => unknown,
    enabled: () => boolean = isEnabled
  ) => {
    const command = `nb2pipe:${name}`;
    commands.addCommand(command, {
      label,
      isEnabled: enabled,
      execute: args => {
        const model = current();
        return model ? execute(model, args) : undefined;
      }
    });
    palette?.addItem({ command, category: CATEGORY });
  };
  const idle = () => isEnabled() && current()?.task?.state !== 'running';
  const converts = () => idle() && Boolean(current()?.analysis?.converts);

  commands.addCommand('nb2pipe:open-panel', {
    label: 'Show the Pipeline',
    execute: () => app.shell.activateById(panel.id)
  });
  palette?.addItem({ command: 'nb2pipe:open-panel', category: CATEGORY });
  add('edit-tags', 'Change Tags of the Selected Cells…', model => editTags(model));
  add('set-stage', 'Put the Selected Cells into a Stage…', (model, args) =>
    typeof args['stage'] === 'string' ? setRole(model, 'stage', args['stage']) : editTags(model)
  );
  for (const role of ['imports', 'functions', 'parameters'] as const) {
    add(`tag-${role}`, `Tag the Selected Cells as ${role[0].toUpperCase()}${role.slice(1)}`, model => setRole(model, role));
  }
  add('toggle-skip', 'Skip the Selected Cells, or Do Not', toggleSkip);
  add('toggle-metrics', 'Mark the Selected Cells’ Numbers as Metrics, or Do Not', toggleMetrics);
  add('clear-tags', 'Take Pipeline Tags off the Selected Cells', model => setRole(model, ''));
  add('next-problem', 'Go to the Next Diagnostic', nextProblem);
  add('fix', 'Apply the First Quick Fix of the Cell', fixHere, () => Boolean(current()?.fixes.length));
  add('propose', 'Propose Stages', async model => {
    app.shell.activateById(panel.id);
    await model.propose();
  });
  const work = (kind: 'convert' | 'run' | 'verify') => async (model: PipelineModel) => {
    app.shell.activateById(panel.id);
    await model.start(kind);
  };
  add('convert', 'Convert to a Project', work('convert'), converts);
  add('run', 'Run the Project', work('run'), () => idle() && panel.about?.can_run === '');
  add('verify', 'Verify the Project', work('verify'), () => idle() && panel.about?.can_verify === '');
  add('cancel', 'Cancel What Runs', model => model.cancel(), () => current()?.task?.state === 'running');
}

/** Opens the dialog for the selected code cells, and writes what was chosen in one step. */
export async function editTags(model: PipelineModel, anchor?: HTMLElement): Promise<void> {
  const { panel, analysis } = model;
  const cells = selectedCells(panel);
  if (!cells.length) {
    return;
  }
  const numbers = cells.map(cell => panel.content.widgets.indexOf(cell) + 1);
  const own = readTags(tagsOf(cells[0].model));
  const place = analysis?.cells[numbers[0] - 1];
  const choice = await chooseTags(
    {
      cells: numbers,
      own,
      inherited: place ? place.stage || place.role : 'not known yet',
      stages: analysis?.stages ?? []
    },
    anchor ?? cells[0].node
  );
  if (!choice || panel.isDisposed) {
    return;
  }
  const wanted = new Map<ICellModel, string[]>();
  cells.forEach((cell, n) => {
    const tags = tagsOf(cell.model);
    const now = readTags(tags);
    const alone = n === 0 ? choice : { ...choice, after: now.after, metrics: choice.metrics === own.metrics ? now.metrics : choice.metrics };
    wanted.set(cell.model, tagsFor(tags, alone));
  });
  setTags(panel, wanted);
}

/** Scrolls to a place, makes its cell the active one, and puts the cursor there. */
export async function goTo(panel: NotebookPanel, place: Place): Promise<void> {
  const { content } = panel;
  const cell = content.widgets[place.cell - 1];
  if (!cell) {
    return;
  }
  content.deselectAll();
  content.activeCellIndex = place.cell - 1;
  await content.scrollToItem(place.cell - 1, 'smart');
  await cell.ready;
  const { editor } = cell;
  const offsets = place.line && editor ? offsetsOf(editor.model.sharedModel.getSource(), place) : null;
  if (editor && offsets) {
    const start = editor.getPositionAt(offsets.from);
    const end = editor.getPositionAt(offsets.to);
    if (start && end) {
      editor.setSelection({ start, end });
      editor.revealPosition(start);
    }
  }
  flash(cell);
}

/** Scrolls to a stage's first code cell and marks all its cells for a moment. */
export async function showStage(model: PipelineModel, name: string): Promise<void> {
  const { panel } = model;
  const shown = model.review?.preview ?? model.analysis;
  const stage = shown?.stages.find(each => each.name === name);
  const first = stage ? firstCodeCell(panel, stage.cells) : 0;
  if (first) {
    await goTo(panel, { cell: first, line: 0, column: 0, end_line: 0, end_column: 0 });
    stage?.cells.forEach(number => flash(panel.content.widgets[number - 1]));
  }
}

function flash(cell: Cell | undefined): void {
  if (cell) {
    cell.node.classList.remove('nb2p-mod-flash');
    void cell.node.offsetWidth; // starts the animation anew
    cell.node.classList.add('nb2p-mod-flash');
    setTimeout(() => cell.node.classList.remove('nb2p-mod-flash'), 1200);
  }
}

function selectedCells(panel: NotebookPanel): Cell[] {
  return panel.content.widgets.filter(
    cell => panel.content.isSelectedOrActive(cell) && cell.model.type === 'code'
  );
}

function changeTags(model: PipelineModel, change: (tags: string[]) => string[]): void {
  const cells = selectedCells(model.panel);
  setTags(model.panel, new Map(cells.map(cell => [cell.model, change(tagsOf(cell.model))])));
}

function setRole(model: PipelineModel, role: Role, stage = ''): void {
  changeTags(model, tags => withRole(tags, role, stage));
}

function toggleSkip(model: PipelineModel): void {
  const all = selectedCells(model.panel).every(cell => readTags(tagsOf(cell.model)).role === 'skip');
  changeTags(model, tags => (all ? tags.filter(tag => tag.trim() !== 'skip') : [...new Set([...tags, 'skip'])]));
}

function toggleMetrics(model: PipelineModel): void {
  const all = selectedCells(model.panel).every(cell => readTags(tagsOf(cell.model)).metrics);
  changeTags(model, tags => withMetrics(tags, !all));
}

async function nextProblem(model: PipelineModel): Promise<void> {
  const here = model.panel.content.activeCellIndex + 1;
  const places = (model.analysis?.diagnostics ?? []).map(d => d.place).filter(p => p.cell > 0);
  const next = places.find(p => p.cell > here) ?? places[0];
  if (next) {
    await goTo(model.panel, next);
  }
}

function fixHere(model: PipelineModel): void {
  const here = model.panel.content.activeCellIndex + 1;
  const mine = (model.analysis?.diagnostics ?? []).filter(d => d.place.cell === here || !d.place.cell);
  const fix = mine.flatMap(d => model.fixesFor(d))[0];
  if (fix) {
    model.applyFix(fix);
  }
}
