local pull = event.body and event.body.object_attributes
if pull == nil or event.body.object_kind ~= "merge_request" then return false end -- another event
local changes = event.body.changes or {}
local starts = {open = true, reopen = true, update = pull.oldrev ~= nil or changes.labels ~= nil or changes.draft ~= nil}
if not starts[pull.action] or pull.state ~= "opened" then return false end -- nothing new
local draft, labels = pull.draft or pull.work_in_progress, event.body.labels or {}
if pull.source_project_id == nil or pull.source_project_id ~= pull.target_project_id then return false end -- from a fork
local branch, target, label = pull.source_branch, pull.target_branch, "title"
