#include "Unsigned.h"

#include <string.h>

// Every signature holds here. No fuzzer finds a signature, so behind this check it would never see
// what a malicious member, who can sign whatever they like, reaches.
int crypto_sign_ed25519_verify_detached(
    const unsigned char *signature, const unsigned char *message, unsigned long long count,
    const unsigned char *key)
{
    (void)signature;
    (void)message;
    (void)count;
    (void)key;
    return 0;
}

// So none needs to be made, which is the slowest thing that writing a message again would do.
int crypto_sign_ed25519_detached(
    unsigned char *signature, unsigned long long *signatureCount, const unsigned char *message,
    unsigned long long count, const unsigned char *key)
{
    (void)message;
    (void)count;
    (void)key;
    memset(signature, 0, 64);
    if (signatureCount) *signatureCount = 64;
    return 0;
}
