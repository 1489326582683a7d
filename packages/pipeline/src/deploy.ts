import { join } from 'node:path';
import { backendFor, requireChecked, type Backend, type Emission } from '@opq/backend';
import { cliErrors, flasherErrors } from '@opq/errors';
import { toFloatModel } from '@opq/core';
import type { Dataset } from '@opq/data';
import { buildFirmware, ESP_IDF, hasEspIdf, writeEspIdfProject } from '@opq/firmware';
import {
  openDevice,
  type Device,
  type Emulator,
  type Loader,
  type MountedDrive,
  type PortLoader,
} from '@opq/flasher';
import type { CompressedModel, Model } from '@opq/ir';
import { builtInTargets, findTarget, type Target } from '@opq/targets';
import { compressModel } from './compress';
import type { CompressionConfig } from './config';
import { emitModel, type Placement } from './emit';
import type { FinetunePlan } from './finetune';
import { flashFirmware } from './flash';
import { measure, type SampleResult } from './measure';
import { boardsOf } from './plugins';
import type { RunOptions } from './progress';
import type { DeployReport } from './report';
import type { Task } from './scores';

/** What running on a board takes, however the network came about. */
export interface BoardRequest extends RunOptions {
  /** The board, or an emulated one; where only its emulated stand-in is at hand, that runs. */
  readonly target: Target;
  /** The first that knows the target emits; all are asked what their other targets say to the network. */
  readonly backends: readonly Backend[];
  /** What runs on the board. */
  readonly data: Dataset | undefined;
  /** At most this many, the first ones; all unless given. */
  readonly samples?: number | undefined;
  /** Serial port of a board; the emulator without it. */
  readonly port?: string | undefined;
  /** Writes the firmware to the board on the port, or to its drive; `none` where it is on it already, and without a port. */
  readonly loader?: PortLoader | Loader | MountedDrive | 'none' | undefined;
  /** Folder for the build. */
  readonly directory: string;
  /** Whether the report holds every output of the board. */
  readonly keepOutputs?: boolean | undefined;
  /** How layers are computed and buffers placed; `balanced` unless given. */
  readonly placement?: Placement | undefined;
  /** Builds firmware that runs its self-test at each start. */
  readonly selfTestAtBoot?: boolean | undefined;
  /** Result of an earlier stage, taken instead of computing it. */
  readonly emission?: Emission | undefined;
  /** What outputs are measured by; told by the network's shape unless given. */
  readonly task?: Task | undefined;
  /** Opens the board in another way than booting the emulator or opening the port. */
  readonly connect?: ((boot: BootRequest) => Promise<Device>) | undefined;
  /** Called before each sample. */
  readonly onSample?: ((index: number) => void) | undefined;
  /** Called after each sample. */
  readonly onResult?: ((result: SampleResult) => void) | undefined;
}

/** How a board is opened; what comes back runs the very model that was built. */
export interface BootRequest {
  /** The board that firmware was built for. */
  readonly target: Target;
  /** ELF file of the firmware. */
  readonly image: string;
  /** Gives up waiting, with OPQ0814. */
  readonly signal: AbortSignal | undefined;
  /** Emulators besides QEMU. */
  readonly emulators?: readonly Emulator[] | undefined;
  /** Makes sure that the board runs what was built. @throws OPQ0811 where the board runs something else */
  verify(device: Device): Promise<void>;
}

/** A network from its source to the measurement, and the board it goes to. */
export interface DeployRequest extends BoardRequest {
  /** In float32, or full int8. */
  readonly source: Model;
  /** false: plain int8; an int8 source then passes unchanged. */
  readonly compress: CompressionConfig | false;
  /** Samples that show the range of activations, at most `samples` of them; needed for a float source. */
  readonly calibration?: { readonly data: Dataset; readonly samples: number } | undefined;
  /** Trains the survivors before; nothing is trained without it. */
  readonly finetune?: FinetunePlan | undefined;
  /** Result of an earlier stage, taken instead of computing it. */
  readonly compressed?: CompressedModel | undefined;
}

/** The way of a model, from its float form to a measured board. */
export async function deploy(request: DeployRequest): Promise<DeployReport> {
  const { source, target, backends, data } = request;
  if (data === undefined) throw cliErrors.noData('Measuring on a board');
  const compressed =
    request.compressed ?? (await compressModel({ ...request, storage: { target, backends } })).compressed;
  return runOnBoard({ ...request, compressed, float: toFloatModel(source).model });
}

/** The second half of that way: a compressed network, emitted, built, booted and measured. */
export async function runOnBoard(
  request: BoardRequest & { readonly compressed: CompressedModel; readonly float: Model | undefined },
): Promise<DeployReport> {
  const { compressed, target, backends, progress, signal, port, data } = request;
  if (data === undefined) throw cliErrors.noData('Measuring on a board');
  const backend = backendFor(target, backends);
  requireChecked(compressed, backend, target);

  progress?.({ stage: 'emit', message: `emitting C for ${target.name}` });
  const emission = request.emission ?? (await emitModel(compressed, target, backends, request.placement));

  const board = port === undefined ? standInFor(target, backends) : target;
  const { templates, emulators } = backend;
  const built = { artifacts: emission.artifacts, selfTestAtBoot: request.selfTestAtBoot, templates, signal };
  const notes = board === target ? [] : await prepareBoard({ ...request, ...built }, emission);
  progress?.({ stage: 'build', message: `building firmware for ${board.name}` });
  const firmware = await buildFirmware({
    ...built,
    target: board,
    directory: join(request.directory, 'build'),
  });

  const { loader = 'none' } = request;
  if (port !== undefined && loader !== 'none') await flashFirmware(firmware, target, loader, port, request);

  progress?.({
    stage: 'boot',
    message: port === undefined ? `booting ${board.title}` : `connecting to ${port}`,
  });
  const boot: BootRequest = {
    target: board,
    image: firmware.elf,
    signal,
    emulators,
    verify: (device) => verifyDevice(device, board, emission),
  };
  const device = await (request.connect ?? ((how) => bootDevice(how, port)))(boot);
  try {
    const deviceName = port ?? board.emulator?.machine ?? board.name;
    const report = await measure({
      ...request,
      target: board,
      data,
      device,
      deviceName,
      physical: port !== undefined,
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

/** Opens the board on the port, or boots the emulator, and makes sure that it runs the model. @throws OPQ08xx */
export async function bootDevice(
  { target, image, signal, emulators, verify }: BootRequest,
  port?: string,
): Promise<Device> {
  const device = await openDevice({ target, image, port, signal, emulators });
  try {
    await verify(device);
    return device;
  } catch (error) {
    await device.close();
    throw error;
  }
}

/** The emulated board that stands in for one that is not connected; the target itself where it is emulated. @throws OPQ0843, OPQ0501 */
export function standInFor(target: Target, backends: readonly Backend[]): Target {
  if (target.emulator !== undefined) return target;
  if (target.standIn === undefined) throw flasherErrors.noBoard(target.name);
  return findTarget(target.standIn, [...boardsOf(backends), ...builtInTargets]);
}

/**
 * What the board itself would get, though another one stands in: its image, refused where it does not fit, or its project where only
 * ESP-IDF can build it.
 * @returns sentences for the user
 */
async function prepareBoard(
  {
    target,
    directory,
    selfTestAtBoot,
    templates,
    progress,
    signal,
  }: BoardRequest & { readonly templates: Backend['templates'] },
  { artifacts }: Emission,
): Promise<readonly string[]> {
  const project = {
    target,
    artifacts,
    directory: join(directory, 'board'),
    selfTestAtBoot,
    templates,
    signal,
  };
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
export async function verifyDevice(device: Device, target: Target, emission: Emission): Promise<void> {
  const info = await device.info();
  const header = emission.artifacts.find(({ path }) => path.endsWith('opq_model.h'));
  const crc = /OPQ_MODEL_CRC32 0x([0-9a-f]{8})u/.exec(new TextDecoder().decode(header?.bytes))?.[1];
  if (info.target !== target.name)
    throw flasherErrors.wrongDevice(device.name, 'target', target.name, info.target);
  if (crc !== undefined && info.modelCrc !== crc)
    throw flasherErrors.wrongDevice(device.name, 'model', crc, info.modelCrc);
}
