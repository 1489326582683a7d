#include "network.h"

#include "opq_model_data.h"
#include "opq_model_resolver.h"
#include "tensorflow/lite/micro/micro_interpreter.h"
#include "tensorflow/lite/schema/schema_generated.h"

namespace opq {
namespace {

alignas(16) unsigned char arena[kArenaBytes];
tflite::MicroInterpreter* interpreter = nullptr;

}  // namespace

bool Setup() {
  static tflite::MicroMutableOpResolver<kOperators> resolver;
  if (AddOperators(resolver) != kTfLiteOk) return false;
  static tflite::MicroInterpreter made(tflite::GetModel(opq_model_data), resolver, arena, kArenaBytes);
  if (made.AllocateTensors() != kTfLiteOk) return false;
  interpreter = &made;
  return true;
}

std::int8_t* Input() { return interpreter == nullptr ? nullptr : interpreter->input(0)->data.int8; }
std::size_t InputBytes() { return interpreter == nullptr ? 0 : interpreter->input(0)->bytes; }

bool Invoke() { return interpreter != nullptr && interpreter->Invoke() == kTfLiteOk; }

const std::int8_t* Output() { return interpreter == nullptr ? nullptr : interpreter->output(0)->data.int8; }
std::size_t OutputBytes() { return interpreter == nullptr ? 0 : interpreter->output(0)->bytes; }

std::size_t ArenaUsed() { return interpreter == nullptr ? 0 : interpreter->arena_used_bytes(); }

}  // namespace opq
