-- Events found by their ids. These hold the time at which they were made, so that they grow with the position: the least
-- and the greatest id of each megabyte of the log is an index of a few kilobytes, and appending costs nothing for it.
-- Where a clock stepped back, stretches overlap and one more is read; the answer is exact all the same.
CREATE INDEX event_by_id ON log.event USING brin (event_id) WITH (pages_per_range = 128, autosummarize = on);

-- Whom projects name: there are few such events, and an erasure asks for those that name one person.
CREATE INDEX event_naming ON log.event (position)
    WHERE type IN ('project.member_named.v1', 'project.member_named.v2', 'project.stakeholder_registered.v1');
