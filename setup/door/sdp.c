/* What PJSIP sees of an SDP: written anew, of what its negotiation needs and nothing else. The SDP itself is
 * read in Python, from the packet. PJSIP refuses a whole call for one line that it does not understand, and asks
 * the DNS, and waits, for a name where an address should be. */
#include "door.h"
#include "text.h"
#include <pjmedia/sdp.h>
#include <string.h>

#define FORMATS 32
#define SECTIONS (PJMEDIA_MAX_SDP_MEDIA + 1) /* one more shows that there are too many (requests.c) */
#define MORE (200 + 64 * SECTIONS)           /* what may be written that was not there, bytes */

struct section {
    pj_str_t kind, port, profile;
    pj_str_t formats[FORMATS];
    unsigned count;
};

static int is_origin(const pj_str_t *line, const pj_str_t *format)
{
    PJ_UNUSED_ARG(format);
    return text_begins(line, "o=");
}

static void say_origin(struct text *out, pj_str_t line)
{
    pj_str_t rest = line.slen ? text_after(&line, "o=") : line, user, id, version;

    text_say(out, "v=0\r\no=- ");
    if (text_next_word(&rest, &user) && text_next_word(&rest, &id) && text_next_word(&rest, &version) &&
        text_is_number(&id, 10) && text_is_number(&version, 10)) {
        text_put(out, &id);
        text_say(out, " ");
        text_put(out, &version);
    } else {
        text_say(out, "1 1");
    }
    text_say(out, " IN IP4 127.0.0.1\r\ns=-\r\nt=0 0\r\n");
}

/* An address stays; a name, or nothing, becomes the address that the message came from. */
static void say_connection(struct text *out, const pj_str_t *line, const pjsip_rx_data *rdata)
{
    pj_str_t rest = line->slen ? text_after(line, "c=") : *line, net, family, host = { "", 0 };
    pj_in_addr four;
    pj_in6_addr six;
    char *slash;

    if (text_next_word(&rest, &net) && text_next_word(&rest, &family))
        text_next_word(&rest, &host);
    if ((slash = memchr(host.ptr, '/', (size_t)host.slen)) != NULL)
        host.slen = slash - host.ptr;
    if (host.slen && pj_inet_pton(pj_AF_INET(), &host, &four) == PJ_SUCCESS) {
        text_say(out, "c=IN IP4 ");
    } else if (host.slen && pj_inet_pton(pj_AF_INET6(), &host, &six) == PJ_SUCCESS) {
        text_say(out, "c=IN IP6 ");
    } else {
        text_say(out, rdata->pkt_info.src_addr.addr.sa_family == pj_AF_INET6() ? "c=IN IP6 " : "c=IN IP4 ");
        host = pj_str((char*)rdata->pkt_info.src_name);
    }
    text_put(out, &host);
    text_say(out, "\r\n");
}

static int is_connection(const pj_str_t *line, const pj_str_t *format)
{
    PJ_UNUSED_ARG(format);
    return text_begins(line, "c=");
}

static int is_direction(const pj_str_t *line, const pj_str_t *format)
{
    PJ_UNUSED_ARG(format);
    return pj_strcmp2(line, "a=sendrecv") == 0 || pj_strcmp2(line, "a=sendonly") == 0 ||
        pj_strcmp2(line, "a=recvonly") == 0 || pj_strcmp2(line, "a=inactive") == 0;
}

/* The line, where it is an attribute `name:FORMAT rest`, of this format, with a rest that PJSIP can read. */
static int is_of(const pj_str_t *line, const char *name, const pj_str_t *format)
{
    pj_str_t rest, number, value;

    if (!text_begins(line, name))
        return 0;
    rest = text_after(line, name);
    return text_next_word(&rest, &number) && pj_strcmp(&number, format) == 0 && text_next_word(&rest, &value);
}

/* encoding/clock[/channels] */
static int is_rtpmap(const pj_str_t *line, const pj_str_t *format)
{
    pj_str_t rest, number, encoding, clock;
    char *slash;

    if (!is_of(line, "a=rtpmap:", format))
        return 0;
    rest = text_after(line, "a=rtpmap:");
    text_next_word(&rest, &number);
    text_next_word(&rest, &encoding);
    if ((slash = memchr(encoding.ptr, '/', (size_t)encoding.slen)) == NULL || slash == encoding.ptr)
        return 0;
    clock.ptr = slash + 1;
    clock.slen = encoding.ptr + encoding.slen - clock.ptr;
    if ((slash = memchr(clock.ptr, '/', (size_t)clock.slen)) != NULL)
        clock.slen = slash - clock.ptr;
    return text_is_number(&clock, 9);
}

/* The first line up to the next section that `is` so for this format; an empty one where none is. */
static pj_str_t find(pj_str_t rest, const pj_str_t *format, int (*is)(const pj_str_t*, const pj_str_t*))
{
    pj_str_t line, none = { NULL, 0 };

    while (text_next_line(&rest, &line) && !text_begins(&line, "m="))
        if ((*is)(&line, format))
            return line;
    return none;
}

static int is_fmtp(const pj_str_t *line, const pj_str_t *format)
{
    return is_of(line, "a=fmtp:", format);
}

static int is_ptime(const pj_str_t *line, const pj_str_t *format)
{
    pj_str_t rest;

    PJ_UNUSED_ARG(format);
    if (!text_begins(line, "a=ptime:"))
        return 0;
    rest = text_after(line, "a=ptime:");
    return text_is_number(&rest, 4);
}

static int has(const struct section *section, const pj_str_t *format)
{
    unsigned i;

    for (i = 0; i < section->count; i++)
        if (pj_strcmp(&section->formats[i], format) == 0)
            return 1;
    return 0;
}

static void read_section(struct section *section, pj_str_t rest)
{
    pj_str_t word;

    section->count = 0;
    if (!text_next_word(&rest, &section->kind) || !text_is_name(&section->kind, "-"))
        section->kind = pj_str("unknown");
    if (!text_next_word(&rest, &section->port))
        section->port = pj_str("0");
    if (!text_next_word(&rest, &section->profile) || !text_is_name(&section->profile, "-/"))
        section->profile = pj_str("RTP/AVP");
    while (section->count < FORMATS && text_next_word(&rest, &word))
        if (!has(section, &word))
            section->formats[section->count++] = word;
}

/* An attribute `name:FORMAT rest`, with one blank between. */
static void say_of(struct text *out, const char *name, const pj_str_t *line)
{
    pj_str_t rest = text_after(line, name), format;

    text_next_word(&rest, &format);
    while (rest.slen > 0 && *rest.ptr == ' ')
        rest.ptr++, rest.slen--;
    text_say(out, name);
    text_put(out, &format);
    text_say(out, " ");
    text_say_line(out, &rest);
}

/* Formats that mean something: static ones of RFC 3551, or those with a map. */
static void say_formats(struct text *out, const struct section *section, pj_str_t rest)
{
    unsigned i;

    for (i = 0; i < section->count; i++) {
        const pj_str_t *format = &section->formats[i];
        if (text_is_number(format, 3) && (pj_strtoul(format) < 96 || find(rest, format, &is_rtpmap).slen)) {
            text_say(out, " ");
            text_put(out, format);
        }
    }
}

static void say_attributes(struct text *out, const struct section *section, pj_str_t rest,
    const pjsip_rx_data *rdata)
{
    pj_str_t line = find(rest, NULL, &is_connection);
    unsigned i;

    if (line.slen)
        say_connection(out, &line, rdata);
    for (i = 0; i < section->count; i++) {
        pj_str_t map = find(rest, &section->formats[i], &is_rtpmap);
        pj_str_t parameters = find(rest, &section->formats[i], &is_fmtp);
        if (map.slen)
            say_of(out, "a=rtpmap:", &map);
        if (map.slen && parameters.slen)
            say_of(out, "a=fmtp:", &parameters);
    }
    line = find(rest, NULL, &is_ptime);
    text_say_line(out, &line);
    line = find(rest, NULL, &is_direction);
    text_say_line(out, &line);
}

static int is_ipv6(const pj_str_t *line)
{
    pj_str_t rest = line->slen ? text_after(line, "c=") : *line, net, family;

    return text_next_word(&rest, &net) && text_next_word(&rest, &family) && pj_stricmp2(&family, "IP6") == 0;
}

/* RTP without keys; AVPF only adds feedback that nobody has to give (RFC 4585). */
static int is_plain_rtp(const pj_str_t *profile)
{
    return pj_strcmp2(profile, "RTP/AVP") == 0 || pj_strcmp2(profile, "RTP/AVPF") == 0;
}

/* The rest of an m= line that nobody here takes: its profile and its first format are repeated (RFC 3264, 6). */
static void say_declined(struct text *out, const struct section *section)
{
    text_say(out, " 0 ");
    text_put(out, &section->profile);
    text_say(out, " ");
    if (section->count > 0 && text_is_name(&section->formats[0], "-"))
        text_put(out, &section->formats[0]);
    else
        text_say(out, "0");
    text_say(out, "\r\n");
}

/* `rest` is what follows the section's m= line. Returns whether it is audio that we take. */
static int say_section(struct text *out, const pj_str_t *line, pj_str_t rest, const pjsip_rx_data *rdata)
{
    struct section section;
    struct text before;
    pj_str_t port;
    char *slash;

    read_section(&section, text_after(line, "m="));
    port = section.port;
    if ((slash = memchr(port.ptr, '/', (size_t)port.slen)) != NULL)
        port.slen = slash - port.ptr;
    text_say(out, "m=");
    text_put(out, &section.kind);
    if (pj_strcmp2(&section.kind, "audio") != 0 || !is_plain_rtp(&section.profile) ||
        !text_is_number(&port, 5) || pj_strtoul(&port) == 0 || pj_strtoul(&port) > 65535) {
        say_declined(out, &section);
        return 0;
    }
    text_say(out, " ");
    text_put(out, &port);
    text_say(out, " ");
    text_put(out, &section.profile);
    before = *out;
    say_formats(out, &section, rest);
    if (out->at == before.at)
        text_say(out, " 0");
    text_say(out, "\r\n");
    say_attributes(out, &section, rest, rdata);
    return 1;
}

static enum door_audio rewrite(pjsip_msg_body *body, const pjsip_rx_data *rdata)
{
    enum door_audio found = DOOR_NO_AUDIO;
    char *written = pj_pool_alloc(rdata->tp_info.pool, body->len + MORE + 1);
    struct text out = { written, written + body->len + MORE, 0 };
    pj_str_t rest = { (char*)body->data, (pj_ssize_t)body->len }, line;
    pj_str_t origin = find(rest, NULL, &is_origin), connection = find(rest, NULL, &is_connection);
    pj_str_t direction = find(rest, NULL, &is_direction);
    int sections = 0;

    say_origin(&out, origin);
    say_connection(&out, &connection, rdata);
    text_say_line(&out, &direction);
    while (sections < SECTIONS && text_next_line(&rest, &line))
        if (text_begins(&line, "m=")) {
            if (say_section(&out, &line, rest, rdata) && found == DOOR_NO_AUDIO) {
                pj_str_t own = find(rest, NULL, &is_connection);
                found = is_ipv6(own.slen ? &own : &connection) ? DOOR_IPV6_AUDIO : DOOR_AUDIO;
            }
            sections++;
        }
    *out.at = 0;                        /* PJSIP's scanner wants one */
    body->data = written;
    body->len = out.full ? 0 : (unsigned)(out.at - written);
    return found;
}

static int is_sdp(const pjsip_media_type *type)
{
    return pj_stricmp2(&type->type, "application") == 0 && pj_stricmp2(&type->subtype, "sdp") == 0;
}

enum door_audio door_clean_sdp(pjsip_rx_data *rdata)
{
    pjsip_msg_body *body = rdata->msg_info.msg->body;
    enum door_audio found = DOOR_NO_SDP;
    pjsip_multipart_part *part;

    if (body == NULL || body->data == NULL)
        return DOOR_NO_SDP;
    if (is_sdp(&body->content_type))
        return rewrite(body, rdata);
    if (pj_stricmp2(&body->content_type.type, "multipart") == 0)
        for (part = pjsip_multipart_get_first_part(body); part != NULL;
             part = pjsip_multipart_get_next_part(body, part))
            if (part->body != NULL && is_sdp(&part->body->content_type))
                found = rewrite(part->body, rdata);
    return found;
}
