local pull = event.body and event.body.pull_request
if pull == nil or event.body["X-GitHub-Event"] ~= "pull_request" then return false end -- another event
local starts = {opened = true, reopened = true, synchronize = true, labeled = true, ready_for_review = true}
if not starts[event.body.action] or pull.state ~= "open" then return false end -- nothing new
local head, base, draft, labels = pull.head or {}, pull.base or {}, pull.draft, pull.labels or {}
if head.repo == nil or base.repo == nil or head.repo.id ~= base.repo.id then return false end -- from a fork
local branch, target, label = head.ref, base.ref, "name"
