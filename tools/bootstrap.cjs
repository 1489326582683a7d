'use strict';
/**
 * Installs what opq needs besides Node: compilers for Arm Cortex-M, RISC-V and Xtensa, and QEMU. Says what it does before it does it; does
 * nothing when nothing is missing; where it cannot install, it says exactly what to type.
 *   npm run bootstrap                 install what is missing
 *   npm run bootstrap -- --check      only tell; exit code 1 when something is missing
 */
const { existsSync } = require('node:fs');
const { spawnSync } = require('node:child_process');

const succeeds = (program, args) =>
  spawnSync(program, args, { stdio: 'ignore', timeout: 20000 }).status === 0;
const output = (program, args) =>
  (spawnSync(program, args, { encoding: 'utf8', timeout: 20000 }).stdout ?? '').trim();

const NEEDS = [
  {
    what: 'compiler for Arm Cortex-M',
    present: () => succeeds('arm-none-eabi-gcc', ['--version']),
    apt: ['gcc-arm-none-eabi'],
    brew: [['--cask', 'gcc-arm-embedded']],
  },
  {
    what: 'C library headers for Arm Cortex-M',
    present: () => existsSync(output('arm-none-eabi-gcc', ['-print-file-name=libc.a'])),
    apt: ['libnewlib-arm-none-eabi'],
    brew: [['--cask', 'gcc-arm-embedded']],
  },
  {
    what: 'emulator of Arm boards',
    present: () => succeeds('qemu-system-arm', ['--version']),
    apt: ['qemu-system-arm'],
    brew: [['qemu']],
  },
  {
    what: 'compiler for RISC-V',
    present: () => succeeds('riscv64-unknown-elf-gcc', ['--version']),
    apt: ['gcc-riscv64-unknown-elf'],
    brew: [['riscv64-elf-gcc']],
  },
  {
    what: 'compiler for Xtensa',
    // No package of Homebrew's is known.
    present: () => process.platform === 'darwin' || succeeds('xtensa-lx106-elf-gcc', ['--version']),
    apt: ['gcc-xtensa-lx106'],
    brew: [],
  },
  {
    what: 'emulators of RISC-V and Xtensa boards',
    present: () =>
      succeeds('qemu-system-riscv32', ['--version']) && succeeds('qemu-system-xtensa', ['--version']),
    apt: ['qemu-system-misc'],
    brew: [['qemu']],
  },
  {
    what: 'C compiler of this machine',
    onlyTests: true,
    present: () => succeeds('gcc', ['--version']),
    apt: ['gcc', 'libc6-dev'],
    brew: [['gcc']],
  },
  {
    what: 'C++ compiler of this machine',
    onlyTests: true,
    present: () => succeeds('g++', ['--version']),
    apt: ['g++'],
    brew: [['gcc']],
  },
  {
    what: 'Redis, for the board farm',
    onlyTests: true,
    present: () => succeeds('redis-server', ['--version']),
    apt: ['redis-server'],
    brew: [['redis']],
  },
  {
    what: 'speech synthesisers',
    onlyTests: true,
    present: () => succeeds('espeak-ng', ['--version']) && succeeds('flite', ['-lv']),
    apt: ['espeak-ng', 'flite'],
    brew: [['espeak-ng'], ['flite']],
  },
  {
    what: 'browser without a window',
    onlyTests: true,
    present: () => succeeds('chromium', ['--version']),
    apt: ['chromium'],
    brew: [['--cask', 'chromium']],
  },
];

/** Programs to run, each an argument array, or undefined on a system without a known package manager. */
function installCommands(missing) {
  const packages = [...new Set(missing.flatMap(({ apt }) => apt))];
  if (process.platform === 'linux' && existsSync('/usr/bin/apt-get')) {
    const root = process.getuid() === 0 ? [] : ['sudo'];
    return [
      [...root, 'apt-get', 'update'],
      [...root, 'apt-get', 'install', '-y', '--no-install-recommends', ...packages],
    ];
  }
  if (process.platform === 'darwin' && succeeds('brew', ['--version']))
    return [...new Set(missing.flatMap(({ brew }) => brew.map((args) => args.join(' '))))].map((args) => [
      'brew',
      'install',
      ...args.split(' '),
    ]);
  return undefined;
}

const say = (text) => process.stderr.write(`${text}\n`);

/** A password can only be typed at a terminal. */
const mayInstall = (commands) =>
  commands[0][0] !== 'sudo' || process.stdin.isTTY || succeeds('sudo', ['-n', 'true']);

function bootstrap({ tests = false, checkOnly = false } = {}) {
  const needs = NEEDS.filter(({ onlyTests }) => tests || !onlyTests);
  const missing = needs.filter(({ present }) => !present());
  if (missing.length === 0) return;
  say(`missing: ${missing.map(({ what }) => what).join(', ')}`);
  const commands = installCommands(missing);
  if (commands === undefined) {
    say(
      'Install arm-none-eabi-gcc with newlib, riscv64-unknown-elf-gcc, xtensa-lx106-elf-gcc, and QEMU for arm, riscv32 and xtensa, with the package manager of this system:',
    );
    say('  Fedora:      dnf install arm-none-eabi-gcc-cs arm-none-eabi-newlib qemu-system-arm');
    say('  Arch:        pacman -S arm-none-eabi-gcc arm-none-eabi-newlib qemu-system-arm');
    say(
      '  elsewhere:   https://developer.arm.com/downloads/-/arm-gnu-toolchain-downloads and https://www.qemu.org/download',
    );
    process.exit(1);
  }
  const lines = commands.map((command) => `  ${command.join(' ')}`).join('\n');
  if (checkOnly || !mayInstall(commands)) {
    say(`install with:\n${lines}`);
    process.exit(1);
  }
  for (const [program, ...args] of commands) {
    say(`> ${[program, ...args].join(' ')}`);
    const { status } = spawnSync(program, args, {
      stdio: ['inherit', 2, 2],
      env: { ...process.env, DEBIAN_FRONTEND: 'noninteractive', LC_ALL: 'C' },
    });
    if (status !== 0) {
      say(
        `"${program} ${args.join(' ')}" failed (exit code ${status ?? 'none'}). Install by hand:\n${lines}`,
      );
      process.exit(1);
    }
  }
  const still = missing.filter(({ present }) => !present());
  if (still.length > 0) {
    say(`still missing after the installation: ${still.map(({ what }) => what).join(', ')}`);
    process.exit(1);
  }
}

module.exports = { bootstrap };

if (require.main === module) {
  bootstrap({ tests: true, checkOnly: process.argv.includes('--check') });
  say('everything that opq needs is installed');
}
