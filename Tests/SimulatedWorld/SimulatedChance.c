#include "SimulatedChance.h"

#include <pthread.h>
#include <sodium.h>
#include <stdbool.h>
#include <string.h>

static _Thread_local bool is_seeded;
static _Thread_local uint64_t state;

// SplitMix64 (Steele, Lea and Flood, OOPSLA 2014).
static uint64_t next(void) {
    state += 0x9E3779B97F4A7C15u;
    uint64_t mixed = state;
    mixed = (mixed ^ (mixed >> 30)) * 0xBF58476D1CE4E5B9u;
    mixed = (mixed ^ (mixed >> 27)) * 0x94D049BB133111EBu;
    return mixed ^ (mixed >> 31);
}

static const char *name(void) { return "simulated"; }

static uint32_t draw(void) {
    return is_seeded ? (uint32_t)next() : randombytes_sysrandom_implementation.random();
}

static void fill(void *const buffer, const size_t size) {
    if (!is_seeded) {
        randombytes_sysrandom_implementation.buf(buffer, size);
        return;
    }
    unsigned char *bytes = buffer;
    for (size_t done = 0; done < size; done += sizeof(uint64_t)) {
        uint64_t word = next();
        size_t rest = size - done;
        memcpy(bytes + done, &word, rest < sizeof word ? rest : sizeof word);
    }
}

static struct randombytes_implementation implementation = {
    .implementation_name = name, .random = draw, .buf = fill};

static void install(void) {
    // The library draws a few bytes when it starts; they must not be those of the first run.
    if (sodium_init() < 0) return;
    randombytes_set_implementation(&implementation);
}

void simulated_chance_install(void) {
    static pthread_once_t once = PTHREAD_ONCE_INIT;
    pthread_once(&once, install);
}

void simulated_chance_begin(uint64_t seed) {
    is_seeded = true;
    state = seed;
}

void simulated_chance_end(void) { is_seeded = false; }
