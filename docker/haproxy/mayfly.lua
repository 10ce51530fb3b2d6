-- Asks Mayfly for its verdict on a request. Whatever is not an explicit 200 is a refusal.
--
-- Environment: MAYFLY (the broker's IPv4 address and port), MAYFLY_NAME (the name in its certificate),
-- MAYFLY_CHECK (/realms/R/check). TLS and its CA are in haproxy.cfg (httpclient.ssl).

local check = "https://" .. os.getenv("MAYFLY_NAME") .. os.getenv("MAYFLY_CHECK")
local broker = "ipv4@" .. os.getenv("MAYFLY")
local milliseconds = 2000

-- What a verdict may need of the original request.
local passed_on = {
  "authorization", "dpop", "signature", "signature-input", "content-digest", "content-type",
  "mayfly-keyid", "mayfly-timestamp", "mayfly-nonce", "mayfly-signature",
  "x-http-method-override", "x-http-method", "x-method-override"
}

-- All of them, always: none that a client sent is left standing.
local identity = {
  "x-mayfly-realm", "x-mayfly-subject", "x-mayfly-client-id", "x-mayfly-grant-id", "x-mayfly-scope",
  "x-mayfly-authorization-details", "x-mayfly-attestation", "x-mayfly-jti", "x-mayfly-exp", "x-mayfly-request-id",
  "x-mayfly-upstream-token", "x-mayfly-content-digest"
}

-- What of a refusal the client sees.
local shown = {
  "www-authenticate", "dpop-nonce", "accept-signature", "retry-after", "ratelimit-policy", "ratelimit", "content-type",
  "x-mayfly-reason"
}

local function refuse(txn, status, headers, body)
  headers["cache-control"] = { "no-store" }
  txn:done(txn:reply({ status = status, headers = headers, body = body }))
end

local function unavailable(txn)
  refuse(txn, 503, { ["retry-after"] = { "2" }, ["content-type"] = { "application/problem+json" } },
    '{"title":"The request cannot be checked at this moment","status":503}')
end

-- Header tables of HAProxy begin at 0.
local function values(headers, name)
  local list = {}
  if headers and headers[name] then
    for _, value in pairs(headers[name]) do list[#list + 1] = value end
  end
  return list
end

core.register_action("mayfly_check", { "http-req" }, function(txn)
  local incoming = txn.http:req_get_headers()
  local asked = {
    ["x-forwarded-method"] = { txn.sf:method() },
    ["x-forwarded-uri"] = { txn.sf:pathq() },
    ["x-forwarded-for"] = { txn.sf:src() },
    ["x-forwarded-proto"] = { txn.sf:ssl_fc() == 1 and "https" or "http" }
  }
  for _, name in ipairs(passed_on) do
    local found = values(incoming, name)
    if #found > 0 then asked[name] = found end
  end
  local host = values(incoming, "host")
  if #host == 1 then asked["x-forwarded-host"] = host end

  local answer = core.httpclient():get({ url = check, dst = broker, headers = asked, timeout = milliseconds })
  -- 5xx is the broker's, or HAProxy's own when the broker is away.
  if not answer or not answer.status or answer.status < 200 or answer.status > 499 then
    return unavailable(txn)
  end
  if answer.status ~= 200 then
    local headers = {}
    for _, name in ipairs(shown) do
      local found = values(answer.headers, name)
      if #found > 0 then headers[name] = found end
    end
    return refuse(txn, answer.status, headers, answer.body)
  end
  for _, name in ipairs(identity) do
    local found = values(answer.headers, name)
    if #found ~= 1 then return unavailable(txn) end
    txn.http:req_set_header(name, found[1])
  end
end)
