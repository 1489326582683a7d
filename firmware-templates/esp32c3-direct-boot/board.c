/* The ROM starts watchdogs before it jumps here; each is unlocked by its key, stopped, and locked again. */
#include "board.h"

#include "registers.h"

#define KEY 0x50D83AA1u
#define SUPER_KEY 0x8F1D312Au

#define RTC_WATCHDOG REGISTER(0x60008090u)
#define RTC_WATCHDOG_LOCK REGISTER(0x600080A8u)
#define SUPER_WATCHDOG REGISTER(0x600080ACu)
#define SUPER_WATCHDOG_LOCK REGISTER(0x600080B0u)
/* Of both groups of timers. */
#define GROUP_WATCHDOG(group) REGISTER((group) + 0x48u)
#define GROUP_WATCHDOG_LOCK(group) REGISTER((group) + 0x64u)

static void stop_group(uintptr_t group) {
  GROUP_WATCHDOG_LOCK(group) = KEY;
  GROUP_WATCHDOG(group) = 0;
  GROUP_WATCHDOG_LOCK(group) = 0;
}

void board_init(void) {
  RTC_WATCHDOG_LOCK = KEY;
  RTC_WATCHDOG = 0;
  RTC_WATCHDOG_LOCK = 0;
  SUPER_WATCHDOG_LOCK = SUPER_KEY;
  SUPER_WATCHDOG |= (uint32_t)1 << 31; /* feeds itself */
  SUPER_WATCHDOG_LOCK = 0;
  stop_group(0x6001F000u);
  stop_group(0x60020000u);
}
