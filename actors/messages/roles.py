"""What each role may be told: the closed unions by which the post office is typed."""

from __future__ import annotations

from actors.messages import directory, duty, facts, floor, life, media, presence, sip, why

ToCall = (
    life.Begin
    | life.Shutdown
    | life.Undelivered
    | sip.Dialled
    | sip.HangUpSent
    | sip.LegRinging
    | sip.LegAnswered
    | sip.LegConfirmed
    | sip.MediaChanged
    | sip.DigitPressed
    | sip.Alive
    | sip.LegEnded
    | media.Opened
    | media.NoMedia
    | media.Played
    | media.MediaSilent
    | media.MediaUnreachable
    | media.Closed
    | floor.Ring
    | floor.Withdraw
    | floor.AskLease
    | floor.Placed
    | floor.NotPlaced
    | floor.MoveOn
    | duty.LoginAnswer
    | duty.AtPhoneAnswer
    | facts.Booked
)

ToAgent = (
    floor.Offer
    | floor.OfLease
    | presence.PresenceIdle
    | presence.PresenceBusy
    | presence.PresenceUnavailable
    | presence.PresenceUnknown
    | duty.LoggedIn
    | duty.LoggedOut
    | duty.Pause
    | duty.Unpause
    | duty.EndWrapUp
    | duty.ExtendWrapUp
    | duty.Restore
    | duty.OwnCallBegan
    | duty.OwnCallEnded
    | life.NodeGone
    | directory.AgentAdded
    | directory.AgentChanged
    | directory.AgentRemoved
)

ToQueue = floor.OfCall | floor.AgentIs | directory.QueueChanged | directory.NobodyEnters

ToFloor = (
    why.WhyCall
    | why.WhyAgent
    | floor.Waiting
    | floor.NotWaiting
    | floor.Free
    | floor.NotFree
    | floor.LoggedOn
    | floor.LoggedOff
    | floor.Granted
    | floor.NotGranted
    | directory.QueueAdded
    | directory.QueueChanged
    | directory.QueueRemoved
)

ToSeats = (
    duty.LogIn
    | duty.AtPhone
    | duty.LogOut
    | duty.Restore
    | duty.ServiceBegan
    | duty.ServiceEnded
    | directory.AgentAdded
    | directory.AgentChanged
    | directory.AgentRemoved
)

ToSwitchboard = (
    sip.Incoming
    | life.CallFault
    | life.CallEnded
    | directory.QueueAdded
    | directory.QueueChanged
    | directory.QueueRemoved
)

ToDirectory = directory.Exist | directory.TakeSeats | directory.QueueEmpty | directory.AgentGone

ToGateway = (
    sip.Answer
    | sip.Refuse
    | sip.Dial
    | sip.Probe
    | sip.HangUp
    | presence.Watch
    | presence.Unwatch
    | sip.StopTaking
    | sip.TraceSip
)

ToMedia = (
    media.Open
    | media.Aim
    | media.Play
    | media.StopPlaying
    | media.PlayMusic
    | media.Bridge
    | media.Unbridge
    | media.Close
    | media.LearnSounds
)

ToJournal = facts.Fact | sip.Refused
