local push = event.body
if push == nil or push.object_kind ~= @EVENT@ then return false end -- another event
if @ANOTHER@ then return false end -- another branch
if push.checkout_sha == nil then return false end -- a deletion

local message = ""
for _, commit in ipairs(push.commits or {}) do
  if commit.id == push.after then message = commit.message or "" end
end
