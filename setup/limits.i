/* Appended to pjsua2.i: the limits and features that were compiled in, as constants of the module. */
%constant int ACD_MAX_CALLS = PJSUA_MAX_CALLS;
%constant int ACD_MAX_CONF_PORTS = PJSUA_MAX_CONF_PORTS;
%constant int ACD_MAX_BUDDIES = PJSUA_MAX_BUDDIES;
%constant int ACD_MAX_ACCOUNTS = PJSUA_MAX_ACC;
%constant int ACD_MAX_HANDLES = PJ_IOQUEUE_MAX_HANDLES;
%constant int ACD_MAX_TRANSACTIONS = PJSIP_MAX_TSX_COUNT;
%constant int ACD_MAX_DIALOGS = PJSIP_MAX_DIALOG_COUNT;
%constant int ACD_MAX_MESSAGE_BYTES = PJSIP_MAX_PKT_LEN;
%constant int ACD_MAX_SDP_BYTES = PJSUA2_MAX_SDP_BUF_LEN;
%constant int ACD_MAX_SDP_LINES = PJMEDIA_MAX_SDP_MEDIA;
%constant int ACD_HAS_IPV6 = PJ_HAS_IPV6;
%constant int ACD_HAS_TLS = PJ_HAS_SSL_SOCK;
%constant int ACD_HAS_SRTP = PJMEDIA_HAS_SRTP;
%constant int ACD_HAS_OPUS = PJMEDIA_HAS_OPUS_CODEC;
%constant int ACD_HAS_EPOLL = (PJ_IOQUEUE_IMP == PJ_IOQUEUE_IMP_EPOLL);
