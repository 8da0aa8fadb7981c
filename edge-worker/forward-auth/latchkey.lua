-- Asks Latchkey about the request that HAProxy has received. haproxy.cfg, beside this file, says how it is used. It needs
-- HAProxy 2.6 or newer with Lua.
--
-- The action `lua.latchkey` sets the variable txn.latchkey_approved to 1, and one for each identity header. If Latchkey
-- rejects the request, the client gets Latchkey's response. If Latchkey cannot be asked, no variable is set.

-- CHANGE: the Worker's host. The connection itself is that of the section `listen latchkey` in haproxy.cfg.
local URL = "http://auth.example.com/auth/verify"
local CONNECTION = "abns@latchkey"

-- The identity headers of the response, and the variables for them.
local IDENTITY = {
  ["latchkey-issuer"] = "txn.latchkey_issuer",
  ["latchkey-subject"] = "txn.latchkey_subject",
  ["latchkey-session"] = "txn.latchkey_session",
  ["latchkey-roles"] = "txn.latchkey_roles",
  ["latchkey-scope"] = "txn.latchkey_scope",
  ["latchkey-client-id"] = "txn.latchkey_client_id",
  ["latchkey-token-id"] = "txn.latchkey_token_id",
  ["latchkey-email"] = "txn.latchkey_email",
  ["latchkey-email-verified"] = "txn.latchkey_email_verified",
  ["set-cookie"] = "txn.latchkey_cookie",
}

-- The only headers of the client's request that Latchkey receives. So no client can state another request.
local ASKED = {
  "authorization", "dpop", "cookie", "origin", "sec-fetch-site", "sec-fetch-mode", "sec-fetch-dest",
  "sec-websocket-key", "sec-websocket-version", "service-worker", "user-agent",
}

-- The only headers of a rejection that the client receives.
local ANSWERED = { "content-type", "www-authenticate", "set-cookie", "retry-after" }

-- HAProxy numbers the values of a header from 0.
local function values_of(headers, name)
  local values = {}
  for _, value in pairs(headers[name] or {}) do
    values[#values + 1] = value
  end
  return values
end

local function ask(txn)
  local received = txn.http:req_get_headers()
  local headers = {}
  for _, name in ipairs(ASKED) do
    local values = values_of(received, name)
    if #values > 0 then
      headers[name] = values
    end
  end
  headers["x-original-method"] = { txn.sf:method() }
  headers["x-original-uri"] = { txn.sf:pathq() }
  return core.httpclient():get({ url = URL, dst = CONNECTION, headers = headers })
end

-- The application's own cookies.
local function remove_latchkey_cookies(txn)
  local lines = values_of(txn.http:req_get_headers(), "cookie")
  txn.http:req_del_header("cookie")
  for _, line in ipairs(lines) do
    local kept = {}
    for pair in line:gmatch("[^;]+") do
      local name = pair:match("^%s*([^=]-)%s*=") or ""
      if name ~= "__Host-Http-latchkey" and name ~= "__Host-Http-latchkey-device" then
        kept[#kept + 1] = pair:match("^%s*(.-)%s*$")
      end
    end
    if #kept > 0 then
      txn.http:req_add_header("cookie", table.concat(kept, "; "))
    end
  end
end

core.register_action("latchkey", { "http-req" }, function(txn)
  local response = ask(txn)
  if response.status == 204 then
    for name, variable in pairs(IDENTITY) do
      local values = values_of(response.headers, name)
      if #values == 1 then
        txn:set_var(variable, values[1])
      end
    end
    remove_latchkey_cookies(txn)
    txn:set_var("txn.latchkey_approved", 1)
  elseif response.status == 401 or response.status == 403 then
    local headers = { ["cache-control"] = { "no-store" } }
    for _, name in ipairs(ANSWERED) do
      local values = values_of(response.headers, name)
      if #values > 0 then
        headers[name] = values
      end
    end
    txn:done(txn:reply({ status = response.status, headers = headers, body = response.body }))
  end
end)
