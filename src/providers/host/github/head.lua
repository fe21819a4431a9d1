local push = event.body
if push == nil or push["X-GitHub-Event"] ~= @EVENT@ then return false end -- another event
if @ANOTHER@ then return false end -- another branch
if push.deleted == true or push.head_commit == nil then return false end -- a deletion

local message = push.head_commit.message or ""
