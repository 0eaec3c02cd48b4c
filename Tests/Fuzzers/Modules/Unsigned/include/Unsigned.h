#pragma once

#include <stddef.h>
#include <stdint.h>

// The loop of libFuzzer; it comes with `-sanitize=fuzzer`.
int LLVMFuzzerRunDriver(
    int *argumentCount, char ***arguments, int (*run)(const uint8_t *bytes, size_t count));
