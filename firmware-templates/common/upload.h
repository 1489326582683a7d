/* Takes bytes from the host in frames with checksums, however bad the line is: docs/reference/serial-protocol.md. */
#ifndef OPQ_UPLOAD_H
#define OPQ_UPLOAD_H

#include <stdint.h>

/*
 * Receives `total` bytes, into `into` unless that is null (then they are only summed), and prints the lines that begin and end an
 * upload. Returns 1 when all have come, 0 when the host gave up or went silent.
 */
int upload(uint8_t *into, uint32_t total);

/* Bytes of the last upload that was completed, and their CRC-32; both 0 before the first. */
uint32_t upload_bytes(void);
uint32_t upload_crc(void);

#endif
