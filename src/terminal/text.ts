import type { Message } from '../core/messages.ts';
import { blank, command, indented, jsonLines, line, proseLines, sourceLines, toned, type Line } from './lines.ts';
import * as listing from './listing-text.ts';
import { dryRunLines, planLines } from './plan-text.ts';
import { blockerLines, labelled, problemLines, warningLine } from './problem-text.ts';
import * as loadStatus from './load-status-text.ts';
import * as loads from './loads-text.ts';
import * as maxwell from './maxwell-text.ts';
import { capturesLines } from './captures-text.ts';
import * as messages from './messages-text.ts';
import { reconcileLines } from './reconcile-text.ts';
import * as rehearsal from './rehearsal-text.ts';
import * as replay from './replay-text.ts';
import * as status from './status-text.ts';
import * as diagnosis from './diagnosis-text.ts';
import * as notify from './notify-text.ts';
import * as run from './run-text.ts';
import * as s3 from './s3-text.ts';
import type { Style } from './style.ts';
import { cdcTruthLines, etlTruthLines, truthLines } from './truth-text.ts';
import { plural } from './value-words.ts';

/** A message as lines of text. The words may change from version to version; codes and payloads do not. */
export function renderMessage(message: Message, style: Style): readonly Line[] {
  const { code, payload } = message;
  switch (code) {
    case 'plan.shown':
      return planLines(payload, style);
    case 'dry-run.ended':
      return dryRunLines(payload, style);
    case 'plan.kept':
      return [
        labelled(0, 'The plan is kept in', payload.file),
        labelled(0, 'plan digest', payload.digest),
        line('It can be applied once, as long as the target stays as it is.'),
      ];
    case 'nothing.to-do':
      return [
        indented(
          0,
          [toned('good', `${style.symbols.good} `), `Nothing to do for ${payload.command}: ${payload.why}`],
          2,
        ),
      ];
    case 'run.started':
      return run.runStartedLines(payload);
    case 'step.started':
      return run.stepStartedLines(payload, style);
    case 'step.planned':
      return run.stepPlannedLines(payload, style);
    case 'step.skipped':
      return run.stepSkippedLines(payload, style);
    case 'step.finished':
      return run.stepFinishedLines(payload, style);
    case 'step.errors':
      return status.errorShiftLines(payload);
    case 'step.blocked':
      return [line(`Step ${payload.step} can't go on:`), ...blockerLines(payload.blockers, style, 2)];
    // Said to programs; a person has just read what the step will change, and reads next that it was made.
    case 'change.started':
      return [];
    case 'change.applied':
      return run.changeAppliedLines(payload, style);
    case 'change.failed':
      return run.changeFailedLines(payload, style);
    case 'change.settled':
      return run.changeSettledLines(payload, style);
    case 'check.met':
      return run.checkMetLines(payload, style);
    case 'check.unmet':
      return run.checkUnmetLines(payload, style);
    case 'manual.instructions':
      return run.manualLines(payload, style);
    case 'consent.given':
      return run.consentGivenLines(payload);
    case 'run.stopping':
      return [blank, warningLine(style, `Stopping after ${payload.after}. Ctrl-C again leaves at once.`)];
    case 'run.ended':
      return run.runEndedLines(payload, style);
    case 'lock.waived':
      return [
        warningLine(
          style,
          `Going on without the fleet lock: ${payload.reason}. Make sure that nobody else is recovering this.`,
        ),
      ];
    case 'problem':
      return problemLines(payload.problem, style);
    case 'note':
    case 'lab.said':
      return saidLines(payload.text);
    case 'runbooks.listed':
      return listing.runbooksLines(payload);
    case 'runbook.shown':
      return listing.runbookLines(payload);
    case 'runbook.linted':
      return [
        line(
          `${plural(payload.files.length, 'runbook')} checked, ${payload.faults === 0 ? 'no faults' : plural(payload.faults, 'fault')}.`,
        ),
      ];
    case 'runs.listed':
      return listing.runsLines(payload, style);
    case 'run.shown':
      return listing.runShownLines(payload, style);
    case 'runs.purged':
      return [
        line(`${plural(payload.removed.length, 'run')} removed, ${payload.kept} kept.`),
        ...payload.removed.map((id) => indented(2, [id])),
      ];
    case 'run.acknowledged':
      return [line(`Run ${payload.run} is acknowledged as it stands: ${payload.reason}`)];
    case 'run.noted':
      return [line(`Noted in run ${payload.run}: ${payload.text}`)];
    case 'captures.listed':
      return capturesLines(payload, style);
    case 'report.made':
      return sourceLines(payload.markdown);
    case 'bundle.written':
      return listing.bundleLines(payload, style);
    case 'reconcile.found':
      return [];
    case 'reconcile.ended':
      return reconcileLines(payload, style);
    case 'csv.line':
      return sourceLines(payload.line);
    case 'drains.listed':
      return messages.drainsLines(payload, style);
    case 'messages.listed':
      return messages.messagesLines(payload);
    case 'messages.counted':
      return messages.countLines(payload);
    case 'message.exported':
      return messages.exportLines(payload);
    case 'status.shown':
      return status.statusLines(payload, style);
    case 'diagnosis.shown':
      return diagnosis.diagnosisLines(payload, style);
    case 'maxwell.located':
      return maxwell.locatedLines(payload, style);
    case 'maxwell.previewed':
      return replay.previewLines(payload, style);
    case 'maxwell.shown':
      return maxwell.overviewLines(payload, style);
    case 'load.logged':
      return loads.logLines(payload);
    case 'etl.status':
      return loadStatus.loadStatusLines(payload, style);
    case 'schedule.shown':
      return loads.scheduleLines(payload, style);
    case 'etl.listed':
      return loads.loadTypesLines(payload);
    case 'etl.explained':
      return loads.loadTypeLines(payload, style);
    case 'component.explained':
      return loads.componentLines(payload, style);
    // Said to programs and to whoever is notified; a person reads the problems themselves.
    case 'run.refused':
      return [];
    case 'notices.ahead':
      return notify.noticesAheadLines(payload);
    case 'notices.listed':
      return notify.noticesListedLines(payload, style);
    case 's3.checked':
      return s3.s3CheckedLines(payload, style);
    case 's3.files':
      return s3.s3FilesLines(payload);
    case 'config.shown':
      return [labelled(0, 'From', payload.file), ...jsonLines(payload.config, 2)];
    case 'config.schema':
      return jsonLines(payload.schema, 2);
    case 'config.checked':
      return listing.configCheckLines(payload, style);
    case 'help.topic':
      return payload.topic === '' ? sourceLines(payload.body) : proseLines(payload.body);
    case 'lab.shown':
      return listing.labsLines(payload);
    case 'scenarios.listed':
      return rehearsal.scenariosLines(payload);
    case 'rehearsal.alerted':
      return rehearsal.alertedLines(payload, style);
    case 'rehearsal.hinted':
      return rehearsal.hintedLines(payload);
    case 'rehearsal.debriefed':
      return rehearsal.debriefLines(payload, style);
    case 'truth.told':
      return truthLines(payload, style);
    case 'etl-truth.told':
      return etlTruthLines(payload, style);
    case 'cdc-truth.told':
      return cdcTruthLines(payload, style);
    default:
      return message satisfies never;
  }
}

/** A sentence that may name what servers named: one line, whatever is in it. A command that was typed stays whole. */
function saidLines(text: string): readonly Line[] {
  return text.startsWith('$ ') ? [command(0, text)] : [line(text)];
}
