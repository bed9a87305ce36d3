import type { Logger } from "./log.ts";
import type { Certificate } from "./tls/mod.ts";
import { certificateState } from "./tls/mod.ts";

const EVERY_MS = 86_400_000;

/** Says which certificate is in use and how long, and says it again every day once that is not long. */
export function tellCertificate(log: Logger, certificate: Certificate): void {
  if (!certificate.isChainInOrder) {
    const text = "the certificates of the file are not each followed by that of their issuer: " +
      "some clients will not trust them";
    log.warning("certificate_chain", text, {});
  }
  tellState(log, certificate, Date.now());
  setInterval(() => {
    const now = Date.now();
    if (certificateState(certificate, now).kind !== "valid") tellState(log, certificate, now);
  }, EVERY_MS);
}

function tellState(log: Logger, certificate: Certificate, nowMs: number): void {
  const { names, notBeforeMs, notAfterMs } = certificate;
  const state = certificateState(certificate, nowMs);
  const expiresAt = new Date(notAfterMs);
  const fields = { names, expires_at: expiresAt.toISOString() };
  const whose = `the certificate for ${names.join(", ")}`;
  const day = expiresAt.toISOString().slice(0, 10);
  switch (state.kind) {
    case "valid": {
      const text = `${whose} is valid for ${state.days} days, until ${day}`;
      return log.info("certificate", text, { ...fields, days_left: state.days });
    }
    case "expiring": {
      const text = `${whose} expires in ${state.days} days, on ${day}: renew it and restart`;
      return log.warning("certificate_expiring", text, { ...fields, days_left: state.days });
    }
    case "expired": {
      const text = `${whose} expired ${state.days} days ago, on ${day}: clients will refuse it`;
      return log.error("certificate_invalid", text, { ...fields, days_left: -state.days });
    }
    case "early": {
      const from = new Date(notBeforeMs).toISOString();
      const text = `${whose} is not valid before ${from}: clients will refuse it`;
      return log.error("certificate_invalid", text, { ...fields, valid_from: from });
    }
  }
}
