#pragma once
#include <stdint.h>

/// Randomness of the cryptographic library, in a simulation's hands.
///
/// Once installed, a thread that was given a seed draws from it; every other thread draws from the
/// operating system as before. Nothing made with a seed is secret.

/// Puts itself before the library's generator. May be called often.
void simulated_chance_install(void);

/// Gives this thread a seed; what it draws from here on follows from it.
void simulated_chance_begin(uint64_t seed);

/// Gives this thread back to the operating system's generator.
void simulated_chance_end(void);
