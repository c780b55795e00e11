-- noop: an event that does nothing. What is left is what engram itself costs.
--
--    engram run noop -t 1 -d 1s

return {
    about = "nothing: what engram itself costs per event",
    event = function() end,
}
