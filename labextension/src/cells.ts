/**
 * What a notebook shows of its pipeline: above each code cell its stage and what that waits for, in the margin the stage's
 * colour, below it what is wrong with it. The widgets are made once a cell and updated after each analysis.
 */
import type { Cell } from '@jupyterlab/cells';
import type { NotebookPanel } from '@jupyterlab/notebook';
import type { IDisposable } from '@lumino/disposable';
import { Widget, type PanelLayout } from '@lumino/widgets';
import { tagsOf } from './document';
import { markEditor } from './editor';
import type { PipelineModel } from './model';
import type { Analysis, CellPlace, Diagnostic, Fix } from './payloads';
import { describePlace, diagnosticsOf } from './places';
import { proseNodes } from './prose';
import { readTags } from './tags';

/** What the widgets in cells can do. */
export interface CellActions {
  editTags(panel: NotebookPanel, cell: Cell, anchor: HTMLElement): void;
  showStage(panel: NotebookPanel, stage: string): void;
  showPage(code: string): void;
}

/** Which parts are shown. */
export interface CellLook {
  show: boolean;
  notes: boolean;
}

const ROLE_WORDS: Record<CellPlace['role'], string> = {
  stage: 'stage',
  imports: 'imports',
  functions: 'functions',
  parameters: 'parameters',
  shared: 'shared by all stages',
  skip: 'skip'
};

/** All decorations of one notebook. */
export class NotebookDecorator implements IDisposable {
  constructor(
    private readonly panel: NotebookPanel,
    private readonly model: PipelineModel,
    private readonly actions: CellActions,
    private look: CellLook
  ) {
    model.changed.connect(this.update, this);
    void panel.context.ready.then(() => {
      if (!this.isDisposed) {
        panel.content.model?.cells.changed.connect(this.update, this);
        this.update();
      }
    });
  }

  isDisposed = false;

  setLook(look: CellLook): void {
    this.look = look;
    this.update();
  }

  dispose(): void {
    this.isDisposed = true;
    this.model.changed.disconnect(this.update, this);
    for (const cell of this.panel.isDisposed ? [] : this.panel.content.widgets) {
      this.known.get(cell)?.clear();
    }
  }

  /** Brings every cell up to date. */
  private update(): void {
    if (this.isDisposed || this.panel.isDisposed) {
      return;
    }
    const analysis = this.model.review?.preview ?? this.model.analysis;
    this.panel.content.widgets.forEach((cell, n) => {
      let decoration = this.known.get(cell);
      if (!decoration) {
        decoration = new CellDecoration(cell, this.panel, this.model, this.actions);
        this.known.set(cell, decoration);
      }
      decoration.update(n + 1, analysis, this.look);
    });
  }

  private readonly known = new WeakMap<Cell, CellDecoration>();
}

/** What is added to one cell. */
class CellDecoration {
  constructor(
    private readonly cell: Cell,
    private readonly panel: NotebookPanel,
    private readonly model: PipelineModel,
    private readonly actions: CellActions
  ) {
    this.bar.addClass('nb2p-CellBar');
    this.problems.addClass('nb2p-CellProblems');
    this.problems.hide();
    cell.ready.then(() => this.attach()).catch(() => undefined);
  }

  update(number: number, analysis: Analysis | null, look: CellLook): void {
    this.last = [number, analysis, look];
    if (!this.attached || this.cell.isDisposed) {
      return;
    }
    const place = look.show ? analysis?.cells[number - 1] : undefined;
    const diagnostics = diagnosticsOf(analysis, number);
    const { node } = this.cell;
    const isCode = this.cell.model.type === 'code';
    node.classList.toggle('nb2p-Cell', Boolean(place));
    node.dataset['nb2pRole'] = place?.role ?? '';
    node.style.setProperty('--nb2p-color', place?.color || 'var(--jp-border-color1)');
    this.bar.setHidden(!place || !isCode);
    if (place && isCode) {
      this.drawBar(number, place, analysis);
    }
    const shown = look.show ? diagnostics.filter(d => d.severity !== 'note' || look.notes) : [];
    this.drawProblems(shown);
    markEditor(this.cell.editor, look.show ? diagnostics : []);
  }

  clear(): void {
    this.bar.dispose();
    this.problems.dispose();
    if (!this.cell.isDisposed) {
      this.cell.node.classList.remove('nb2p-Cell');
      markEditor(this.cell.editor, []);
    }
  }

  private attach(): void {
    if (this.cell.isDisposed || this.bar.isDisposed) {
      return;
    }
    const layout = this.cell.layout as PanelLayout;
    layout.insertWidget(0, this.bar);
    const input = layout.widgets.findIndex(w => w.hasClass('jp-Cell-inputWrapper'));
    layout.insertWidget(input + 1, this.problems);
    this.attached = true;
    if (this.last) {
      this.update(...this.last);
    }
  }

  private drawBar(number: number, place: CellPlace, analysis: Analysis | null): void {
    const own = readTags(tagsOf(this.cell.model));
    const stage = analysis?.stages.find(s => s.name === place.stage);
    const first = stage ? firstCodeCell(this.panel, stage.cells) === number : false;
    const signature = JSON.stringify([number, place, own.after, first && stage?.upstream]);
    if (signature === this.drawn) {
      return; // keeps the focus, and screen readers quiet
    }
    this.drawn = signature;
    const focused = this.bar.node.contains(document.activeElement);
    const chip = button('nb2p-Chip', place.role === 'stage' ? place.stage : ROLE_WORDS[place.role]);
    const where = place.role === 'stage' ? `in stage ${place.stage}` : ROLE_WORDS[place.role];
    const how = place.named ? '' : ', as the cells above';
    chip.classList.toggle('nb2p-mod-inherited', !place.named);
    chip.setAttribute('aria-haspopup', 'dialog');
    chip.setAttribute('aria-label', `Cell ${number} is ${where}${how}. Change tags`);
    chip.title = place.named ? 'Change tags (T)' : `${where}, as the cells above. Change tags (T)`;
    chip.onclick = () => this.actions.editTags(this.panel, this.cell, chip);
    const parts: HTMLElement[] = [chip];
    if (place.metrics) {
      parts.push(label('metrics'));
    }
    for (const name of first && stage ? stage.upstream : []) {
      const link = button('nb2p-Dependency', name);
      const color = analysis?.stages.find(s => s.name === name)?.color ?? '';
      link.style.setProperty('--nb2p-color', color);
      link.setAttribute('aria-label', `Stage ${place.stage} waits for ${name}. Go there`);
      link.title = `waits for ${name}`;
      link.onclick = () => this.actions.showStage(this.panel, name);
      parts.push(link);
    }
    this.bar.node.replaceChildren(...parts);
    if (focused) {
      chip.focus();
    }
  }

  private drawProblems(diagnostics: readonly Diagnostic[]): void {
    const fixes = diagnostics.map(d => this.model.fixesFor(d));
    const signature = JSON.stringify([diagnostics, fixes.map(list => list.map(fix => fix.title))]);
    if (signature === this.drawnProblems) {
      return;
    }
    this.drawnProblems = signature;
    this.problems.setHidden(!diagnostics.length);
    this.problems.node.replaceChildren(
      ...diagnostics.map((diagnostic, n) => this.problem(diagnostic, fixes[n]))
    );
  }

  private problem(diagnostic: Diagnostic, fixes: readonly Fix[]): HTMLElement {
    const row = document.createElement('div');
    row.className = `nb2p-CellProblem nb2p-mod-${diagnostic.severity}`;
    const code = button('nb2p-Code', `${diagnostic.severity} ${diagnostic.code}`);
    code.title = `What ${diagnostic.code} means`;
    code.onclick = () => this.actions.showPage(diagnostic.code);
    const text = document.createElement('span');
    text.append(...proseNodes(`${diagnostic.place.line ? `line ${diagnostic.place.line}: ` : ''}${diagnostic.message}`));
    row.append(code, text);
    for (const related of diagnostic.related) {
      const more = document.createElement('span');
      more.className = 'nb2p-Muted';
      more.append(...proseNodes(` (${describePlace(related.place)}: ${related.message})`));
      row.append(more);
    }
    if (diagnostic.help) {
      const help = document.createElement('div');
      help.className = 'nb2p-Help';
      help.append(...proseNodes(diagnostic.help));
      row.append(help);
    }
    for (const fix of fixes) {
      const apply = button('nb2p-Button', '');
      apply.append(...proseNodes(fix.title));
      apply.onclick = () => this.model.applyFix(fix);
      row.append(apply);
    }
    return row;
  }

  private attached = false;
  private drawn = '';
  private drawnProblems = '[[],[]]';
  private last: [number, Analysis | null, CellLook] | null = null;
  private readonly bar = new Widget();
  private readonly problems = new Widget();
}

/** The first code cell among the numbers of a stage's cells; 0 where there is none. */
export function firstCodeCell(panel: NotebookPanel, cells: readonly number[]): number {
  return cells.find(number => panel.content.widgets[number - 1]?.model?.type === 'code') ?? 0;
}

function button(className: string, text: string): HTMLButtonElement {
  const node = document.createElement('button');
  node.type = 'button';
  node.className = className;
  node.textContent = text;
  return node;
}

function label(text: string): HTMLElement {
  const node = document.createElement('span');
  node.className = 'nb2p-Label';
  node.textContent = text;
  return node;
}
