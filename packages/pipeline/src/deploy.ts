import { join } from 'node:path';
import { backendFor, requireChecked, type Backend, type Emission } from '@opq/backend';
import { cliErrors, flasherErrors } from '@opq/errors';
import { toFloatModel } from '@opq/core';
import type { Dataset } from '@opq/data';
import { buildFirmware, ESP_IDF, hasEspIdf, writeEspIdfProject } from '@opq/firmware';
import { openDevice, type Device } from '@opq/flasher';
import type { CompressedModel, Model } from '@opq/ir';
import { findTarget, type Target } from '@opq/targets';
import { compressModel } from './compress';
import type { CompressionConfig } from './config';
import { emitModel, type Placement } from './emit';
import type { FinetunePlan } from './finetune';
import { measure } from './measure';
import type { RunOptions } from './progress';
import type { DeployReport } from './report';

export interface DeployRequest extends RunOptions {
  readonly source: Model;
  readonly target: Target;
  readonly backends: readonly Backend[];
  readonly compress: CompressionConfig | false;
  readonly calibration?: { readonly data: Dataset; readonly samples: number } | undefined;
  /** Trains the survivors before; nothing is trained without it. */
  readonly finetune?: FinetunePlan | undefined;
  /** What runs on the board. */
  readonly data: Dataset | undefined;
  readonly samples?: number | undefined;
  /** Serial port of a board that runs the firmware; the emulator without it. */
  readonly port?: string | undefined;
  /** Folder for the build. */
  readonly directory: string;
  readonly keepOutputs?: boolean | undefined;
  readonly placement?: Placement | undefined;
  /** Results of earlier stages, taken instead of computing them. */
  readonly compressed?: CompressedModel | undefined;
  readonly emission?: Emission | undefined;
}

/** The way of a model, from its float form to a measured board. */
export async function deploy(request: DeployRequest): Promise<DeployReport> {
  const { source, target, backends, progress, signal, port, data } = request;
  if (data === undefined) throw cliErrors.noData('Measuring on a board');
  const compressed =
    request.compressed ?? (await compressModel({ ...request, storage: { target, backends } })).compressed;
  requireChecked(compressed, backendFor(target, backends), target);

  progress?.({ stage: 'emit', message: `emitting C for ${target.name}` });
  const emission = request.emission ?? (await emitModel(compressed, target, backends, request.placement));

  const board = port === undefined ? standInFor(target) : target;
  const built = { artifacts: emission.artifacts, signal };
  const notes = board === target ? [] : await prepareBoard(request, emission);
  progress?.({ stage: 'build', message: `building firmware for ${board.name}` });
  const firmware = await buildFirmware({
    ...built,
    target: board,
    directory: join(request.directory, 'build'),
  });

  progress?.({
    stage: 'boot',
    message: port === undefined ? `booting ${board.title}` : `connecting to ${port}`,
  });
  const device = await openDevice({ target: board, image: firmware.elf, port, signal });
  try {
    await verifyDevice(device, board, emission);
    const { model: float } = toFloatModel(source);
    const deviceName = port ?? board.emulator?.machine ?? board.name;
    const report = await measure({
      ...request,
      target: board,
      data,
      device,
      deviceName,
      physical: port !== undefined,
      compressed,
      float,
      emission,
      firmware,
    });
    return board === target
      ? report
      : { ...report, target: target.name, standIn: { target: board.name, title: board.title, notes } };
  } finally {
    await device.close();
  }
}

/** The emulated board that stands in for one that is not connected; the target itself where it is emulated. @throws OPQ0815 */
export function standInFor(target: Target): Target {
  if (target.emulator !== undefined) return target;
  if (target.standIn === undefined) throw flasherErrors.noLoader(target.name);
  return findTarget(target.standIn);
}

/**
 * What the board itself would get, though another one stands in: its image, refused where it does not fit, or its project where only
 * ESP-IDF can build it.
 * @returns sentences for the user
 */
async function prepareBoard(
  { target, directory, progress, signal }: DeployRequest,
  { artifacts }: Emission,
): Promise<readonly string[]> {
  const project = { target, artifacts, directory: join(directory, 'board'), signal };
  if (target.template === ESP_IDF && !(await hasEspIdf(signal))) {
    progress?.({ stage: 'build', message: `writing the ESP-IDF project for ${target.name}` });
    await writeEspIdfProject(project);
    return [`idf.py is not on the PATH: the project for ${target.name} is written, not built`];
  }
  progress?.({ stage: 'build', message: `building firmware for ${target.name}` });
  const { sizes } = await buildFirmware(project);
  return [
    `the image for ${target.name} is built and fits: ${sizes.flash} bytes of flash, ${sizes.ram} of RAM`,
  ];
}

/** The board must run the very model that was built. @throws OPQ0811 */
async function verifyDevice(device: Device, target: Target, emission: Emission): Promise<void> {
  const info = await device.info();
  const header = emission.artifacts.find(({ path }) => path.endsWith('opq_model.h'));
  const crc = /OPQ_MODEL_CRC32 0x([0-9a-f]{8})u/.exec(new TextDecoder().decode(header?.bytes))?.[1];
  if (info.target !== target.name)
    throw flasherErrors.wrongDevice(device.name, 'target', target.name, info.target);
  if (crc !== undefined && info.modelCrc !== crc)
    throw flasherErrors.wrongDevice(device.name, 'model', crc, info.modelCrc);
}
