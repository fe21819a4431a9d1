local push = event.body
if push == nil or push["X-GitHub-Event"] ~= "push" then return false end -- another event
if push.ref ~= @REF@ then return false end -- another branch
if push.deleted == true or push.head_commit == nil then return false end -- a deletion

local message = push.head_commit.message or ""
