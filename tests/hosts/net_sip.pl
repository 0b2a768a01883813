# A phone by Perl's Net::SIP, told by lines on standard input what to do (tests/hosts/net_sip.py).
#
# It is a bare phone, and so a test of what others take for granted: no 180 before its 200, header
# names in lower case, no rport, one codec, no telephone-event in its answers.

use strict;
use warnings;
use IO::Handle;
use Net::SIP;
use Net::SIP::Util ':all';

my ($from, $leg, $heard) = @ARGV;
STDOUT->autoflush(1);

my $ua = Net::SIP::Simple->new(leg => $leg, from => $from, contact => $from);
my $voice = chr(0xff) x 160;
my @voice;
my $call;

# Its ACK with a body has no Content-Type, which RFC 3261, section 20.15, asks for.
{
    no warnings 'redefine';
    my $bare = Net::SIP::Packet->can('sdp_body');
    *Net::SIP::Packet::sdp_body = sub {
        my ($packet, $body) = @_;
        $packet->set_header('content-type' => 'application/sdp') if $body;
        return $bare->(@_);
    };
}

open(my $ear, '>:raw', $heard) or die "$heard: $!";
$ear->autoflush(1);

# The next 20 ms of the tone, or silence.
sub speak {
    push @voice, shift @voice if @voice;
    return @voice ? $voice[0] : $voice;
}

my %usual = (
    init_media => $ua->rtp('media_send_recv', \&speak, 1, sub { print $ear $_[0] }),
    recv_bye => sub { print "over\n"; undef $call },
    send_bye => sub { print "over\n"; undef $call },
    cb_dtmf => sub { print "digit $_[0]\n" },
);

$ua->listen(
    %usual,
    cb_create => sub { $call = $_[0]; print "ringing\n"; 1 },
    cb_established => sub { print "up\n" },
    cb_cleanup => sub { print "gone\n" },
);

sub dial {
    my ($uri, %more) = @_;
    $call = $ua->invite(
        $uri, %usual, %more,
        cb_final => sub {
            my ($status, $self, %info) = @_;
            print $status eq 'OK' ? "up\n" : "refused " . ($info{code} || $status) . "\n";
        },
    );
    print "cannot dial: " . $ua->error . "\n" unless $call;
}

my %do = (
    call => sub { dial($_[0]) },
    # The offer comes in the 200, the answer in the ACK (RFC 3261, section 13.2.1).
    late => sub { dial($_[0], sdp_on_ack => 1) },
    keys => sub { $call->dtmf($_[0], methods => $_[1], cb_final => sub {}) },
    say => sub {
        open(my $file, '<:raw', $_[0]) or die "$_[0]: $!";
        local $/;
        @voice = unpack '(a160)*', <$file>;
    },
    hold => sub { $call->reinvite(call_on_hold => 1, cb_final => sub { print "held\n" }) },
    # With sockets anew, and so at another port than before.
    resume => sub { $call->reinvite(clear_sdp => 1, cb_final => sub { print "resumed\n" }) },
    bye => sub { $call->bye if $call },
);

my $waiting = '';
my $done;
$ua->{loop}->addFD(\*STDIN, 0, [sub {
    unless (sysread(STDIN, $waiting, 4096, length $waiting)) {
        $done = 1;
        return;
    }
    while ($waiting =~ s/^(.*)\n//) {
        my ($verb, @words) = split ' ', $1;
        eval { $do{$verb}->(@words); 1 } or print "cannot $verb: $@";
    }
}]);

print "ready\n";
$ua->loop(\$done);
