/** Long work in the panel: what runs, what came out, and the links to it. */
import * as React from 'react';
import { Problems } from './problems';
import type { PipelineModel } from './model';
import type { EmittedFile, Place, Task } from './payloads';
import { count, describeSeconds } from './places';
import { Prose } from './prose';

interface Props {
  model: PipelineModel;
  onOpenFile(path: string): void;
  onOpenReport(path: string): void;
  onGo(place: Place): void;
  onPage(code: string): void;
}

const WORDS: Record<Task['kind'], string> = { convert: 'Converting', run: 'Running', verify: 'Verifying' };
const ENDED: Record<Task['state'], string> = {
  running: '',
  done: 'done',
  refused: 'refused: nothing was written',
  failed: 'failed',
  cancelled: 'cancelled'
};
/** What a reader wants to see first. */
const FIRST = ['README.md', 'pipeline.yaml', 'params.yaml'];

export function Work(props: Props): React.ReactElement | null {
  const { model } = props;
  const { task, refusal, emitted } = model;
  if (!task && !refusal) {
    return null;
  }
  const running = task?.state === 'running';
  return (
    <section aria-label="Work" className="nb2p-Work">
      <div role="status" aria-live="polite">
        {refusal && (
          <p className="nb2p-Wrong">
            <Prose text={refusal.message} />
          </p>
        )}
        {task && (
          <p>
            <strong>{WORDS[task.kind]}</strong> {running ? `${task.message} …` : ENDED[task.state]}
            <span className="nb2p-Muted"> {describeSeconds(task.seconds)}</span>
          </p>
        )}
      </div>
      {running && <Progress task={task} />}
      {task && !running && task.state !== 'refused' && task.message && (
        <pre className={task.state === 'failed' ? 'nb2p-Wrong' : 'nb2p-Muted'}>{task.message}</pre>
      )}
      <div className="nb2p-Buttons">
        {running ? (
          <button type="button" className="nb2p-Button" onClick={() => void model.cancel()}>
            Cancel
          </button>
        ) : (
          <button type="button" className="nb2p-Button" onClick={() => model.dismissTask()}>
            Close
          </button>
        )}
        {task?.result.report && (
          <button type="button" className="nb2p-Button" onClick={() => props.onOpenReport(task.result.report)}>
            Open the report
          </button>
        )}
        {task?.diagnostics.some(d => d.code === 'NB503') && (
          <>
            <button type="button" className="nb2p-Button" onClick={() => void model.start('convert', 'theirs')}>
              Keep my edits
            </button>
            <button type="button" className="nb2p-Button" onClick={() => void model.start('convert', 'new')}>
              Replace my edits
            </button>
          </>
        )}
      </div>
      {task && task.state !== 'done' && (
        <Problems
          diagnostics={task.diagnostics}
          fixesFor={() => []}
          onFix={() => undefined}
          onGo={props.onGo}
          onPage={props.onPage}
        />
      )}
      {task && task.kind !== 'convert' && task.result.stages.length > 0 && (
        <ul>
          {task.result.stages.map(stage => (
            <li key={stage.name}>
              <code>{stage.name}</code> {stage.state}
              {stage.seconds !== null && ` ${describeSeconds(stage.seconds)}`}
            </li>
          ))}
        </ul>
      )}
      {task?.kind === 'convert' && task.state === 'done' && emitted && <Files task={emitted} onOpenFile={props.onOpenFile} />}
    </section>
  );
}

/** How many stages have ended, where that is known. */
function Progress({ task }: { task: Task }): React.ReactElement {
  const { stages } = task.result;
  const ended = stages.filter(stage => !['waiting', 'running'].includes(stage.state)).length;
  const known = stages.length ? { value: ended, max: stages.length } : {};
  return <progress aria-label={`${WORDS[task.kind]} ${task.message}`} {...known} />;
}

function Files({ task, onOpenFile }: { task: Task; onOpenFile(path: string): void }): React.ReactElement {
  const { files } = task.result;
  const there = files.filter(file => file.fate !== 'removed');
  const rank = (file: EmittedFile) => (FIRST.includes(file.path) ? FIRST.indexOf(file.path) : FIRST.length);
  const sorted = [...there].sort((a, b) => rank(a) - rank(b) || (a.path < b.path ? -1 : 1));
  const row = (file: EmittedFile) => (
    <li key={file.path}>
      <button type="button" className="nb2p-Link" onClick={() => onOpenFile(`${task.out}/${file.path}`)}>
        {file.path}
      </button>
      {file.fate !== 'written' && file.fate !== 'unchanged' && <span className="nb2p-Muted"> {file.fate}</span>}
    </li>
  );
  return (
    <>
      <h4>
        {count(there.length, 'file')} in <code>{task.out}</code>
      </h4>
      <ul>{sorted.slice(0, FIRST.length).map(row)}</ul>
      <details>
        <summary>All files</summary>
        <ul>{sorted.slice(FIRST.length).map(row)}</ul>
      </details>
    </>
  );
}
