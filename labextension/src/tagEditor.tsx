/** The small dialog in which the tags of one or several cells are chosen; nothing changes before Apply. */
import { Widget } from '@lumino/widgets';
import * as React from 'react';
import { flushSync } from 'react-dom';
import { createRoot, type Root } from 'react-dom/client';
import type { Stage } from './payloads';
import { likelyStage, nameProblem, withAfter, withMetrics, withRole, readTags, type OwnTags, type Role } from './tags';

/** What is edited. */
export interface TagSubject {
  /** Numbers of the cells. */
  cells: number[];
  /** What the first cell's own tags say. */
  own: OwnTags;
  /** What the first cell is without tags of its own, in words. */
  inherited: string;
  stages: Pick<Stage, 'name' | 'color'>[];
}

/** What was chosen; `tagsFor` makes a cell's tags of it. */
export interface TagChoice {
  role: Role;
  stage: string;
  after: string[];
  metrics: boolean;
}

/** A cell's tags with the choice made. */
export function tagsFor(tags: readonly string[], choice: TagChoice): string[] {
  const own = readTags(tags);
  const same = choice.role === own.role && choice.stage === own.stage;
  const placed = same ? [...tags] : withRole(tags, choice.role, choice.stage);
  const ordered = withAfter(placed, choice.role === 'stage' || choice.role === '' ? choice.after : []);
  return withMetrics(ordered, choice.metrics);
}

const ROLES: { role: Role; text: string; hint: string }[] = [
  { role: 'stage', text: 'Stage', hint: 'starts or continues a stage' },
  { role: 'imports', text: 'Imports', hint: 'shared by every stage' },
  { role: 'functions', text: 'Functions', hint: 'definitions, shared by every stage' },
  { role: 'parameters', text: 'Parameters', hint: 'each assignment can be set from outside' },
  { role: 'skip', text: 'Skip', hint: 'not part of the pipeline' },
  { role: '', text: 'No tag', hint: 'as the cells above' }
];

interface Props extends TagSubject {
  onDone(choice: TagChoice | null): void;
}

function TagForm({ cells, own, inherited, stages, onDone }: Props): React.ReactElement {
  const [role, setRole] = React.useState<Role>(own.role || 'stage');
  const [stage, setStage] = React.useState(own.stage);
  const [after, setAfter] = React.useState(own.after);
  const [metrics, setMetrics] = React.useState(own.metrics);
  const names = stages.map(s => s.name);
  const problem = role === 'stage' ? nameProblem(stage) : '';
  const likely = role === 'stage' && !problem ? likelyStage(stage, names) : '';
  const isNew = role === 'stage' && !problem && !names.includes(stage.trim());
  const others = names.filter(name => name !== stage.trim());
  const inStage = role === 'stage' || role === '';
  const submit = (event: React.FormEvent) => {
    event.preventDefault();
    if (!problem) {
      onDone({ role, stage: role === 'stage' ? stage.trim() : '', after: inStage ? after : [], metrics });
    }
  };
  return (
    <form className="nb2p-TagForm" onSubmit={submit}>
      <h2 id="nb2p-tag-title">{cells.length === 1 ? `Cell ${cells[0]}` : `${cells.length} cells`}</h2>
      <div className="nb2p-Roles" role="radiogroup" aria-label="What the cell is for">
        {ROLES.map(each => (
          <label key={each.role} title={each.role === '' ? `${each.hint}: ${inherited}` : each.hint}>
            <input
              type="radio"
              name="nb2p-role"
              value={each.role}
              checked={role === each.role}
              onChange={() => setRole(each.role)}
            />
            {each.text}
          </label>
        ))}
      </div>
      {role === 'stage' && (
        <div className="nb2p-StageField">
          <label htmlFor="nb2p-stage">Name of the stage</label>
          <input
            id="nb2p-stage"
            className="jp-mod-styled"
            autoComplete="off"
            spellCheck={false}
            value={stage}
            aria-invalid={Boolean(problem)}
            aria-describedby="nb2p-stage-hint"
            onChange={event => setStage(event.target.value)}
          />
          <div id="nb2p-stage-hint" aria-live="polite" className={problem && stage ? 'nb2p-Wrong' : 'nb2p-Muted'}>
            {problem || (likely ? `There is a stage ${likely}: did you mean that?` : isNew ? 'A new stage.' : 'This stage exists; the cell joins it.')}
          </div>
          {names.length > 0 && (
            <div className="nb2p-StageList" role="group" aria-label="Stages that exist">
              {stages.map(({ name, color }) => (
                <button
                  key={name}
                  type="button"
                  className="nb2p-Chip"
                  style={{ '--nb2p-color': color } as React.CSSProperties}
                  aria-pressed={name === stage.trim()}
                  onClick={() => setStage(name)}
                >
                  {name}
                </button>
              ))}
            </div>
          )}
        </div>
      )}
      {inStage && others.length > 0 && (
        <fieldset>
          <legend>Runs after, beyond what data demands</legend>
          {others.map(name => (
            <label key={name}>
              <input
                type="checkbox"
                checked={after.includes(name)}
                onChange={event =>
                  setAfter(event.target.checked ? [...after, name] : after.filter(each => each !== name))
                }
              />
              {name}
            </label>
          ))}
        </fieldset>
      )}
      <label className="nb2p-Metrics" title="scalars that this cell assigns or prints are the run's metrics">
        <input type="checkbox" checked={metrics} onChange={event => setMetrics(event.target.checked)} />
        Its numbers are metrics
      </label>
      <div className="nb2p-Buttons">
        <button type="button" className="nb2p-Button" onClick={() => onDone(null)}>
          Cancel
        </button>
        <button type="submit" className="nb2p-Button nb2p-mod-primary" disabled={Boolean(problem)}>
          Apply
        </button>
      </div>
    </form>
  );
}

class TagPopup extends Widget {
  constructor(
    private readonly subject: TagSubject,
    private readonly done: (choice: TagChoice | null) => void
  ) {
    super();
    this.addClass('nb2p-TagPopup');
    this.node.setAttribute('role', 'dialog');
    this.node.setAttribute('aria-modal', 'true');
    this.node.setAttribute('aria-labelledby', 'nb2p-tag-title');
    this.root = createRoot(this.node);
  }

  /** Renders at once: who types on after the shortcut types into the field. */
  protected override onAfterAttach(): void {
    flushSync(() => this.root.render(<TagForm {...this.subject} onDone={this.done} />));
  }

  protected override onBeforeDetach(): void {
    this.root.unmount();
  }

  private readonly root: Root;
}

/**
 * Opens the dialog beside an element.
 *
 * @returns What was chosen; null where it was closed without Apply. The focus goes back to where it was.
 */
export function chooseTags(subject: TagSubject, anchor: HTMLElement): Promise<TagChoice | null> {
  const before = document.activeElement instanceof HTMLElement ? document.activeElement : null;
  return new Promise(resolve => {
    const finish = (choice: TagChoice | null) => {
      document.removeEventListener('pointerdown', onPointer, true);
      document.removeEventListener('focusin', onFocus, true);
      popup.dispose();
      const back = before?.isConnected ? before : anchor;
      back.focus();
      resolve(choice);
    };
    const popup = new TagPopup(subject, finish);
    const onPointer = (event: PointerEvent) => {
      if (!popup.node.contains(event.target as Node)) {
        finish(null);
      }
    };
    let last: HTMLElement | null = null;
    const onFocus = (event: FocusEvent) => {
      if (popup.node.contains(event.target as Node)) {
        last = event.target as HTMLElement;
      } else {
        (last ?? firstField(popup.node))?.focus(); // a notebook takes the focus late, after a click on a cell
      }
    };
    popup.node.addEventListener('keydown', event => {
      event.stopPropagation(); // the notebook's shortcuts are single letters
      if (event.key === 'Escape') {
        event.preventDefault();
        finish(null);
      } else if (event.key === 'Tab') {
        keepFocus(popup.node, event);
      }
    });
    document.addEventListener('pointerdown', onPointer, true);
    document.addEventListener('focusin', onFocus, true);
    Widget.attach(popup, document.body);
    place(popup.node, anchor);
    const first = firstField(popup.node);
    first?.focus();
    if (first?.type !== 'radio') {
      first?.select();
    }
  });
}

/** The name of the stage, or else the role that is chosen. */
function firstField(node: HTMLElement): HTMLInputElement | null {
  return node.querySelector<HTMLInputElement>('#nb2p-stage') ?? node.querySelector<HTMLInputElement>('input:checked');
}

function keepFocus(node: HTMLElement, event: KeyboardEvent): void {
  const all = [...node.querySelectorAll<HTMLElement>('input, button')].filter(e => !(e as HTMLButtonElement).disabled);
  const first = all[0];
  const last = all[all.length - 1];
  if (event.shiftKey && document.activeElement === first) {
    event.preventDefault();
    last.focus();
  } else if (!event.shiftKey && document.activeElement === last) {
    event.preventDefault();
    first.focus();
  }
}

function place(node: HTMLElement, anchor: HTMLElement): void {
  const box = anchor.getBoundingClientRect();
  const { offsetWidth: width, offsetHeight: height } = node;
  const below = box.bottom + 4;
  const top = below + height < window.innerHeight ? below : Math.max(8, box.top - height - 4);
  node.style.left = `${Math.max(8, Math.min(box.left, window.innerWidth - width - 8))}px`;
  node.style.top = `${Math.min(top, Math.max(8, window.innerHeight - height - 8))}px`;
}
