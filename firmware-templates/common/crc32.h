/* CRC-32 of IEEE 802.3, reflected, initial and final value all ones. */
#ifndef OPQ_CRC32_H
#define OPQ_CRC32_H

#include <stdint.h>

uint32_t crc32(const uint8_t *bytes, uint32_t count);
/* Goes on from the CRC-32 of what came before; that of nothing is 0. */
uint32_t crc32_continue(uint32_t before, const uint8_t *bytes, uint32_t count);

#endif
