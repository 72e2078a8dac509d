/**
 * What is known of one notebook: its analysis, kept current while it is edited, quick fixes, proposals, and the long work
 * that was started on it. Views listen to `changed`.
 */
import type { NotebookPanel } from '@jupyterlab/notebook';
import { Debouncer } from '@lumino/polling';
import type { IDisposable } from '@lumino/disposable';
import { Signal, type ISignal } from '@lumino/signaling';
import { Api, RefusedError } from './api';
import { makeEdits, readDocument, readOptions } from './document';
import type {
  AnalyzeRequest,
  Analysis,
  Diagnostic,
  Edit,
  Fix,
  Proposal,
  StageState,
  Task,
  TaskRequest
} from './payloads';
import { outputFolder } from './places';
import type { Selection } from './selection';
import type { Settings } from './settings';

/** Proposed stages, and which of them the user wants. */
export interface Review {
  proposals: Proposal[];
  accepted: boolean[];
  /** The pipeline with those that are wanted. */
  preview: Analysis | null;
}

export class PipelineModel implements IDisposable {
  /** The last analysis; null before the first. */
  analysis: Analysis | null = null;
  /** The last one that converts: its graph is shown, faded, while there are errors. */
  drawn: Analysis | null = null;
  /** Sources of the cells when `analysis` was made. */
  sources: string[] = [];
  fixes: Fix[] = [];
  /** Why there is no analysis. */
  failure = '';
  selection: Selection | null = null;
  review: Review | null = null;
  task: Task | null = null;
  /** Why the last task could not be started. */
  refusal: { message: string; diagnostics: Diagnostic[] } | null = null;
  /** What the last run or verification said of the stages. */
  stageStates = new Map<string, StageState>();
  /** Files of the last conversion, kept while other tasks run. */
  emitted: Task | null = null;

  constructor(
    readonly panel: NotebookPanel,
    private readonly api: Api,
    private settings: Settings
  ) {
    this.debouncer = new Debouncer(() => this.analyze(), settings.delay);
    panel.context.ready
      .then(() => {
        if (!this.isDisposed) {
          panel.content.modelContentChanged.connect(this.onContentChanged, this);
          panel.content.model?.metadataChanged.connect(this.onMetadataChanged, this);
          this.refresh();
        }
      })
      .catch(() => undefined);
    panel.context.pathChanged.connect(this.refresh, this);
  }

  /** Anything above has changed. */
  get changed(): ISignal<this, void> {
    return this._changed;
  }

  get isDisposed(): boolean {
    return this._isDisposed;
  }

  get path(): string {
    return this.panel.context.localPath;
  }

  /** Where the project goes, as the notebook or the settings say. */
  get out(): string {
    const own = readOptions(this.panel, 'nb2pipe_lab')['out'];
    return outputFolder(this.path, typeof own === 'string' && own ? own : this.settings.outputFolder);
  }

  /** Whether converting runs the notebook, as the notebook or the settings say. */
  get record(): boolean {
    const own = readOptions(this.panel, 'nb2pipe_lab')['record'];
    return typeof own === 'boolean' ? own : this.settings.record;
  }

  dispose(): void {
    if (this._isDisposed) {
      return;
    }
    this._isDisposed = true;
    this.debouncer.dispose();
    Signal.clearData(this);
  }

  setSettings(settings: Settings): void {
    this.settings = settings;
    this.debouncer.dispose();
    this.debouncer = new Debouncer(() => this.analyze(), settings.delay);
    this._changed.emit();
  }

  /** Analyzes soon, even if nothing seems to have changed. */
  refresh(): void {
    this.seen = '';
    void this.debouncer.invoke();
  }

  select(selection: Selection | null): void {
    this.selection = selection;
    this._changed.emit();
  }

  /** Makes the edits of a fix, if the notebook is still the one it was made for. */
  applyFix(fix: Fix): void {
    if (this.fixes.includes(fix) && this.isCurrent()) {
      this.fixes = [];
      this.edit(fix.edits);
    }
  }

  /** Fixes for one diagnostic of the current analysis. */
  fixesFor(diagnostic: Diagnostic): Fix[] {
    const place = this.analysis?.diagnostics.indexOf(diagnostic) ?? -1;
    return this.fixes.filter(fix => fix.diagnostic === place);
  }

  /** Makes edits in one step that can be undone. */
  edit(edits: readonly Edit[]): void {
    makeEdits(this.panel, edits);
  }

  /** Asks for stages; all are wanted at first. */
  async propose(): Promise<void> {
    try {
      const { proposals } = await this.api.propose(this.request());
      this.review = { proposals, accepted: proposals.map(() => true), preview: null };
      this.failure = '';
    } catch (error) {
      this.failure = messageOf(error);
    }
    this._changed.emit();
    await this.preview();
  }

  /** Wants a proposal, or does not. */
  async accept(index: number, wanted: boolean): Promise<void> {
    if (this.review) {
      this.review.accepted[index] = wanted;
      this._changed.emit();
      await this.preview();
    }
  }

  /** Writes the wanted proposals into the notebook, in one step that can be undone. */
  acceptProposals(): void {
    const edits = this.wantedEdits();
    this.review = null;
    this._changed.emit();
    this.edit(edits);
  }

  dismissProposals(): void {
    this.review = null;
    this._changed.emit();
  }

  /** Saves the notebook and starts long work on it; resolves when that has ended. */
  async start(kind: TaskRequest['kind'], force: TaskRequest['force'] = ''): Promise<void> {
    if (this.task?.state === 'running') {
      return;
    }
    this.refusal = null;
    try {
      if (this.panel.context.model.dirty) {
        await this.panel.context.save();
      }
      const request: TaskRequest = { kind, path: this.path, out: this.out, force };
      if (kind === 'convert') {
        request.record = this.record;
      }
      const { style, targets } = this.settings;
      const own = readOptions(this.panel, 'nb2pipe');
      if (style && !own['style']) {
        request.style = style;
      }
      if (targets.length && !own['target']) {
        request.target = targets;
      }
      this.task = await this.api.startTask(request);
      this._changed.emit();
      await this.follow(this.task.id);
    } catch (error) {
      const diagnostics = error instanceof RefusedError ? error.diagnostics : [];
      this.refusal = { message: messageOf(error), diagnostics };
    }
    this._changed.emit();
  }

  /** Stops the long work. */
  async cancel(): Promise<void> {
    if (this.task?.state === 'running') {
      try {
        this.task = await this.api.cancelTask(this.task.id);
      } catch (error) {
        this.refusal = { message: messageOf(error), diagnostics: [] };
      }
      this._changed.emit();
    }
  }

  dismissTask(): void {
    if (this.task?.state !== 'running') {
      this.task = null;
      this.refusal = null;
      this._changed.emit();
    }
  }

  private async follow(id: string): Promise<void> {
    while (!this._isDisposed && this.task?.id === id && this.task.state === 'running') {
      const task = await this.api.task(id);
      if (this.task?.id !== id || this.task.state !== 'running') {
        return;
      }
      this.task = task;
      if (task.result.stages.length) {
        this.stageStates = new Map(task.result.stages.map(stage => [stage.name, stage]));
      }
      if (task.kind === 'convert' && task.state === 'done') {
        this.emitted = task;
      }
      this._changed.emit();
    }
  }

  private request(): AnalyzeRequest {
    return { path: this.path, notebook: readDocument(this.panel) };
  }

  private isCurrent(): boolean {
    return JSON.stringify(this.request()) === this.seen;
  }

  private onMetadataChanged(): void {
    this._changed.emit(); // options of the notebook
  }

  private onContentChanged(): void {
    void this.debouncer.invoke();
  }

  private async analyze(): Promise<void> {
    if (this._isDisposed || !this.panel.content.model) {
      return;
    }
    const request = this.request();
    const text = JSON.stringify(request);
    if (text === this.seen) {
      return; // outputs or the like
    }
    this.seen = text;
    try {
      const analysis = await this.api.analyze(request);
      if (this._isDisposed || analysis.superseded || text !== this.seen) {
        return;
      }
      this.analysis = analysis;
      this.sources = request.notebook.cells.map(cell => cell.source);
      this.drawn = analysis.converts ? analysis : this.drawn;
      this.fixes = [];
      this.failure = '';
      this._changed.emit();
      if (analysis.diagnostics.length) {
        const { fixes } = await this.api.fixes(request);
        if (text === this.seen) {
          this.fixes = fixes;
        }
      }
      if (this.review) {
        await this.preview();
      }
    } catch (error) {
      if (text !== this.seen) {
        return;
      }
      this.failure = messageOf(error);
      this.seen = '';
    }
    if (!this._isDisposed) {
      this._changed.emit();
    }
  }

  private wantedEdits(): Edit[] {
    const { proposals, accepted } = this.review ?? { proposals: [], accepted: [] };
    return proposals
      .filter((_, n) => accepted[n])
      .map(({ cell, tag }) => ({ kind: 'tags', cell, remove: [], add: [tag] }));
  }

  private async preview(): Promise<void> {
    const review = this.review;
    if (!review) {
      return;
    }
    try {
      const preview = await this.api.analyze({ ...this.request(), edits: this.wantedEdits() });
      if (this.review === review && !preview.superseded) {
        review.preview = preview;
      }
    } catch (error) {
      this.failure = messageOf(error);
    }
    this._changed.emit();
  }

  private debouncer: Debouncer;
  private seen = '';
  private _isDisposed = false;
  private _changed = new Signal<this, void>(this);
}

function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}
