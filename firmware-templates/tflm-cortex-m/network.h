/* One network in TensorFlow Lite Micro: set it up once, then write the input, invoke, read the output. */
#ifndef OPQ_NETWORK_H
#define OPQ_NETWORK_H

#include <cstddef>
#include <cstdint>

namespace opq {

/* Allocates the tensors. False where TFLM refuses the model or the arena is too small; TFLM's log says which. Call it once. */
bool Setup();

/* int8, as many as InputBytes(); null before Setup(). */
std::int8_t* Input();
std::size_t InputBytes();

/* One inference from the input to the output. */
bool Invoke();

/* int8, as many as OutputBytes(); null before Setup(). */
const std::int8_t* Output();
std::size_t OutputBytes();

/* Bytes of the arena in use after Setup(); what kArenaBytes may be lowered or must be raised to. */
std::size_t ArenaUsed();

}  // namespace opq

#endif
