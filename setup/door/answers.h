/* What the door answers by itself, without a transaction; each returns PJ_TRUE: nobody else looks at it. */
#ifndef ACD_ANSWERS_H
#define ACD_ANSWERS_H

#include "door.h"

/* Headers: Allow; Allow-Events; what is said to OPTIONS. */
extern pjsip_hdr door_allow, door_events, door_options;

pj_bool_t door_answer(pjsip_rx_data *rdata, int code, const pjsip_hdr *headers);
/* The same, noted for Python. */
pj_bool_t door_refuse(pjsip_rx_data *rdata, int code, enum door_why why, const pjsip_hdr *headers);
/* No answer at all: whoever sends so much shall not make us send as much. */
pj_bool_t door_drop(pjsip_rx_data *rdata);
/* 503, and come back after so many seconds. */
pj_bool_t door_busy(pjsip_rx_data *rdata, unsigned seconds, enum door_why why);
/* 488 with this Warning. */
pj_bool_t door_not_acceptable(pjsip_rx_data *rdata, const char *warning, enum door_why why);
/* All Requires that we do not know, as an Unsupported header, or NULL (RFC 3261, section 8.2.2.3). */
pjsip_unsupported_hdr *door_unsupported(pjsip_rx_data *rdata);
/* 420 with it. */
pj_bool_t door_bad_extension(pjsip_rx_data *rdata, pjsip_unsupported_hdr *header);

/* Makes the headers; PJSIP's own lists of what it can do become ours. */
pj_status_t door_open_answers(pjsip_endpoint *endpoint, pj_pool_t *pool);

#endif
