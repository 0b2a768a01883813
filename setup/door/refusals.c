/* What was refused and to whom: counted here, fetched by Python now and then. */
#include "door.h"
#include <string.h>

#define REFUSALS 512                    /* a power of two */
#define PROBES 8

/* A ctypes.Structure with the same fields. An empty source: several, for whom there was no room. */
struct door_refusal {
    char source[48];
    char method[16];
    pj_uint32_t code, why, count;
};

static struct door_refusal table[REFUSALS], others[DOOR_WHYS];

static struct door_refusal *find(const char *source, const char *method, unsigned code, unsigned why)
{
    pj_uint32_t hash = pj_hash_calc(code * 31 + why, source, PJ_HASH_KEY_STRING);
    int i;

    for (i = 0; i < PROBES; i++) {
        struct door_refusal *tried = &table[(hash + i) & (REFUSALS - 1)];
        if (tried->count == 0) {
            strcpy(tried->source, source);
            strcpy(tried->method, method);
            tried->code = code;
            tried->why = why;
            return tried;
        }
        if (tried->code == code && tried->why == why && strcmp(tried->source, source) == 0 &&
            strcmp(tried->method, method) == 0)
            return tried;
    }
    strcpy(others[why].method, method);
    others[why].code = code;
    others[why].why = why;
    return &others[why];
}

/* A stranger chooses his method's name: only what may stand in a token of RFC 3261, and not all of it. */
static void copy_method(char text[16], const pj_str_t *method)
{
    int i, length = (int)PJ_MIN(method->slen, 15);

    for (i = 0; i < length; i++)
        text[i] = pj_isalnum((unsigned char)method->ptr[i]) ? method->ptr[i] : '?';
    text[length] = 0;
}

void door_refused(const pj_sockaddr *from, const pj_str_t *method, int code, enum door_why why)
{
    char source[PJ_INET6_ADDRSTRLEN + 10], name[16];

    if (why == DOOR_UNANSWERED)
        door.dropped++;
    else
        door.refused++;
    pj_sockaddr_print(from, source, sizeof source, 0);
    copy_method(name, method);
    find(source, name, (unsigned)code, why)->count++;
}

/* Python: moves what was refused since the last time to `out`, `room` entries at most; returns how many. */
int door_refusals(struct door_refusal *out, int room)
{
    int i, found = 0;

    for (i = 0; i < REFUSALS + DOOR_WHYS && found < room; i++) {
        struct door_refusal *one = i < REFUSALS ? &table[i] : &others[i - REFUSALS];
        if (one->count) {
            out[found++] = *one;
            memset(one, 0, sizeof *one);
        }
    }
    return found;
}
