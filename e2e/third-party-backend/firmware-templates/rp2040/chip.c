#include "chip.h"

#include <stdint.h>

#include "registers.h"

/* A write here clears the bits that are set in it, in the register 0x3000 below. */
#define CLEAR(address) REGISTER((address) + 0x3000u)

#define RESETS 0x4000C000u
#define RESETS_DONE REGISTER(RESETS + 0x08u)
#define IO_BANK0 (1u << 5)
#define PADS_BANK0 (1u << 8)
#define PLL_SYS (1u << 12)
#define UART0 (1u << 22)

#define XOSC_CONTROL REGISTER(0x40024000u)
#define XOSC_STATUS REGISTER(0x40024004u)
#define XOSC_STARTUP REGISTER(0x4002400Cu)

#define PLL_STATUS REGISTER(0x40028000u)
#define PLL_POWER 0x40028004u
#define PLL_FEEDBACK REGISTER(0x40028008u)
#define PLL_DIVIDERS REGISTER(0x4002800Cu)

#define CLOCK_REF_CONTROL REGISTER(0x40008030u)
#define CLOCK_REF_SELECTED REGISTER(0x40008038u)
#define CLOCK_SYS_CONTROL REGISTER(0x4000803Cu)
#define CLOCK_SYS_SELECTED REGISTER(0x40008044u)
#define CLOCK_PERI_CONTROL REGISTER(0x40008048u)

#define GPIO0_CONTROL REGISTER(0x40014004u)
#define GPIO1_CONTROL REGISTER(0x4001400Cu)
#define FUNCTION_UART 2u

static void out_of_reset(uint32_t blocks) {
  CLEAR(RESETS) = blocks;
  while ((RESETS_DONE & blocks) != blocks) {
  }
}

static void start_crystal(void) {
  XOSC_STARTUP = 47u; /* times 256 periods: a millisecond */
  XOSC_CONTROL = (0xFABu << 12) | 0xAA0u;
  while (!(XOSC_STATUS & (1u << 31))) {
  }
  CLOCK_REF_CONTROL = 2u;
  while (!(CLOCK_REF_SELECTED & (1u << 2))) {
  }
}

/* 12 MHz times 125, divided by 6 and by 2. */
static void start_pll(void) {
  out_of_reset(PLL_SYS);
  PLL_STATUS = 1u; /* the crystal's clock as it is */
  PLL_FEEDBACK = 125u;
  CLEAR(PLL_POWER) = (1u << 0) | (1u << 5);
  while (!(PLL_STATUS & (1u << 31))) {
  }
  PLL_DIVIDERS = (6u << 16) | (2u << 12);
  CLEAR(PLL_POWER) = 1u << 3;
}

void chip_init(void) {
  start_crystal();
  start_pll();
  CLOCK_SYS_CONTROL = 0; /* which of the others, before it is switched to */
  CLOCK_SYS_CONTROL = 1u;
  while (!(CLOCK_SYS_SELECTED & (1u << 1))) {
  }
  CLOCK_PERI_CONTROL = 1u << 11; /* on, from the processor's clock */
  out_of_reset(IO_BANK0 | PADS_BANK0 | UART0);
  GPIO0_CONTROL = FUNCTION_UART;
  GPIO1_CONTROL = FUNCTION_UART;
}
