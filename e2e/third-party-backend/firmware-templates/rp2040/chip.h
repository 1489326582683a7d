/* Clocks and pins of the RP2040, as every driver here finds them. */
#ifndef RP2040_CHIP_H
#define RP2040_CHIP_H

/* Of the processor and of its peripherals, once chip_init has run. */
#define CHIP_HZ 125000000u

/* From the ring oscillator, on which the chip starts, to 125 MHz from the crystal of 12 MHz; UART0 on GPIO 0 (out) and 1 (in). */
void chip_init(void);

#endif
