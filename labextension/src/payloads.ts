// Made from nb2pipe/lab/schemas.json by `npm run types`; change the schema, not this file.

/**
 * A change of the notebook; those of one list are made together and undone together.
 *
 * This interface was referenced by `Payloads`'s JSON-Schema
 * via the `definition` "Edit".
 */
export type Edit = TagEdit | MoveEdit;

/**
 * What the JupyterLab extension and its server say to each other. The TypeScript types are made from this file.
 */
export interface Payloads {}
/**
 * A notebook as nbformat 4 has it; outputs are not needed.
 *
 * This interface was referenced by `Payloads`'s JSON-Schema
 * via the `definition` "Document".
 */
export interface Document {
  cells: DocumentCell[];
  metadata: {
    [k: string]: unknown;
  };
  [k: string]: unknown;
}
/**
 * This interface was referenced by `Payloads`'s JSON-Schema
 * via the `definition` "DocumentCell".
 */
export interface DocumentCell {
  cell_type: string;
  source: string;
  metadata?: {
    [k: string]: unknown;
  };
  [k: string]: unknown;
}
/**
 * POST analyze, fixes and propose: a notebook as it stands in the editor.
 *
 * This interface was referenced by `Payloads`'s JSON-Schema
 * via the `definition` "AnalyzeRequest".
 */
export interface AnalyzeRequest {
  /**
   * Of the notebook, below the server's root.
   */
  path: string;
  notebook: Document;
  /**
   * Looked at as if they had been made.
   */
  edits?: Edit[];
}
/**
 * This interface was referenced by `Payloads`'s JSON-Schema
 * via the `definition` "TagEdit".
 */
export interface TagEdit {
  kind: 'tags';
  cell: number;
  remove: string[];
  add: string[];
}
/**
 * Moves a cell so that it stands where `to` stands now; what is in between makes room.
 *
 * This interface was referenced by `Payloads`'s JSON-Schema
 * via the `definition` "MoveEdit".
 */
export interface MoveEdit {
  kind: 'move';
  cell: number;
  to: number;
}
/**
 * Answer of POST analyze.
 *
 * This interface was referenced by `Payloads`'s JSON-Schema
 * via the `definition` "Analysis".
 */
export interface Analysis {
  version: 1;
  /**
   * A newer request for the notebook came in; all else is empty.
   */
  superseded: boolean;
  /**
   * No diagnostic is an error.
   */
  converts: boolean;
  name: string;
  title: string;
  /**
   * The graph as one svg element; empty where nothing converts.
   */
  svg: string;
  stages: Stage[];
  parameters: Parameter[];
  edges: Edge[];
  /**
   * Edges as the graph draws them: one line between two stages, in the order of the picture.
   */
  links: Link[];
  cells: CellPlace[];
  diagnostics: Diagnostic[];
}
/**
 * This interface was referenced by `Payloads`'s JSON-Schema
 * via the `definition` "Stage".
 */
export interface Stage {
  name: string;
  title: string;
  summary: string;
  color: string;
  cells: number[];
  inputs: Input[];
  outputs: Output[];
  parameters: string[];
  upstream: string[];
  /**
   * Stages that `after:` tags name.
   */
  after: string[];
  metrics: string[];
  style: string;
  deterministic: boolean;
}
/**
 * This interface was referenced by `Payloads`'s JSON-Schema
 * via the `definition` "Input".
 */
export interface Input {
  name: string;
  stage: string;
  type: string;
}
/**
 * This interface was referenced by `Payloads`'s JSON-Schema
 * via the `definition` "Output".
 */
export interface Output {
  name: string;
  type: string;
  place: Place;
  certain: boolean;
}
/**
 * Cells, lines and columns count from 1; 0 means all of it.
 *
 * This interface was referenced by `Payloads`'s JSON-Schema
 * via the `definition` "Place".
 */
export interface Place {
  cell: number;
  line: number;
  column: number;
  end_line: number;
  end_column: number;
}
/**
 * This interface was referenced by `Payloads`'s JSON-Schema
 * via the `definition` "Parameter".
 */
export interface Parameter {
  name: string;
  source: string;
  comment: string;
  place: Place;
}
/**
 * This interface was referenced by `Payloads`'s JSON-Schema
 * via the `definition` "Edge".
 */
export interface Edge {
  source: string;
  target: string;
  kind: 'data' | 'state' | 'file' | 'order';
  name: string;
  defined: Place;
  used: Place;
  why: string;
}
/**
 * This interface was referenced by `Payloads`'s JSON-Schema
 * via the `definition` "Link".
 */
export interface Link {
  source: string;
  target: string;
  label: string;
  /**
   * Places in `edges`.
   */
  edges: number[];
}
/**
 * What nb2pipe makes of a cell, in the order of the notebook.
 *
 * This interface was referenced by `Payloads`'s JSON-Schema
 * via the `definition` "CellPlace".
 */
export interface CellPlace {
  role: 'stage' | 'imports' | 'functions' | 'parameters' | 'shared' | 'skip';
  /**
   * Empty where `role` is not `stage`.
   */
  stage: string;
  /**
   * Of the stage, `#rrggbb`, or empty.
   */
  color: string;
  /**
   * A tag of the cell itself says so.
   */
  named: boolean;
  metrics: boolean;
}
/**
 * This interface was referenced by `Payloads`'s JSON-Schema
 * via the `definition` "Diagnostic".
 */
export interface Diagnostic {
  code: string;
  severity: 'error' | 'warning' | 'note';
  title: string;
  message: string;
  name: string;
  place: Place;
  label: string;
  help: string;
  related: Related[];
}
/**
 * This interface was referenced by `Payloads`'s JSON-Schema
 * via the `definition` "Related".
 */
export interface Related {
  place: Place;
  message: string;
}
/**
 * Answer of POST fixes: for diagnostics of the same notebook, edits of which it is known that they help.
 *
 * This interface was referenced by `Payloads`'s JSON-Schema
 * via the `definition` "Fixes".
 */
export interface Fixes {
  superseded: boolean;
  fixes: Fix[];
}
/**
 * This interface was referenced by `Payloads`'s JSON-Schema
 * via the `definition` "Fix".
 */
export interface Fix {
  /**
   * Its place in the analysis's list.
   */
  diagnostic: number;
  title: string;
  /**
   * @minItems 1
   */
  edits: [Edit, ...Edit[]];
}
/**
 * Answer of POST propose; empty where the notebook has stage tags already.
 *
 * This interface was referenced by `Payloads`'s JSON-Schema
 * via the `definition` "Proposals".
 */
export interface Proposals {
  proposals: Proposal[];
}
/**
 * This interface was referenced by `Payloads`'s JSON-Schema
 * via the `definition` "Proposal".
 */
export interface Proposal {
  cell: number;
  tag: string;
  why: string;
}
/**
 * Answer of GET explain/CODE.
 *
 * This interface was referenced by `Payloads`'s JSON-Schema
 * via the `definition` "Page".
 */
export interface Page {
  code: string;
  title: string;
  markdown: string;
}
/**
 * Answer of GET about: what this server can do.
 *
 * This interface was referenced by `Payloads`'s JSON-Schema
 * via the `definition` "About".
 */
export interface About {
  version: string;
  styles: string[];
  targets: string[];
  /**
   * Why a project cannot be run here; empty where it can.
   */
  can_run: string;
  /**
   * Why a project cannot be verified here; empty where it can.
   */
  can_verify: string;
  warnings: string[];
}
/**
 * POST tasks: starts long work on a notebook as it is saved.
 *
 * This interface was referenced by `Payloads`'s JSON-Schema
 * via the `definition` "TaskRequest".
 */
export interface TaskRequest {
  kind: 'convert' | 'run' | 'verify';
  path: string;
  /**
   * The project's folder, below the server's root.
   */
  out: string;
  style?: 'function' | 'notebook';
  target?: string[];
  record?: boolean;
  force?: '' | 'theirs' | 'new';
}
/**
 * Answer of POST tasks, GET tasks/ID and DELETE tasks/ID.
 *
 * This interface was referenced by `Payloads`'s JSON-Schema
 * via the `definition` "Task".
 */
export interface Task {
  id: string;
  kind: 'convert' | 'run' | 'verify';
  path: string;
  out: string;
  state: 'running' | 'done' | 'refused' | 'failed' | 'cancelled';
  /**
   * What is being done, or how it ended.
   */
  message: string;
  seconds: number;
  diagnostics: Diagnostic[];
  result: TaskResult;
}
/**
 * What came out; paths are below the server's root.
 *
 * This interface was referenced by `Payloads`'s JSON-Schema
 * via the `definition` "TaskResult".
 */
export interface TaskResult {
  files: EmittedFile[];
  /**
   * Path of the verify report, or empty.
   */
  report: string;
  stages: StageState[];
  verdict: string;
}
/**
 * This interface was referenced by `Payloads`'s JSON-Schema
 * via the `definition` "EmittedFile".
 */
export interface EmittedFile {
  path: string;
  fate: 'written' | 'merged' | 'unchanged' | 'removed' | 'kept' | 'conflict';
}
/**
 * This interface was referenced by `Payloads`'s JSON-Schema
 * via the `definition` "StageState".
 */
export interface StageState {
  name: string;
  state: string;
  seconds: number | null;
}
/**
 * What every route answers with a status of 400 or more.
 *
 * This interface was referenced by `Payloads`'s JSON-Schema
 * via the `definition` "Failure".
 */
export interface Failure {
  message: string;
  diagnostics: Diagnostic[];
  [k: string]: unknown;
}
