// A department's list behind node-soap: 25 rows, 10 a page, for who has logged in and names himself in the header.
'use strict';
const fs = require('fs');
const http = require('http');
const soap = require('soap');

const ROWS = 25;
const refused = (text) => ({ Fault: { faultcode: 'soap:Client.Authentication', faultstring: text, statusCode: 500 } });

function list(args, _callback, headers) {
  const header = (headers && headers.MySoapHeader) || {};
  if (args.token !== 'token-of-the-day' || header.PassWord !== 'made-up-password') {
    throw refused('账号或口令不对');
  }
  const row = [];
  for (let n = (args.page - 1) * 10; n < Math.min(ROWS, args.page * 10); n += 1) {
    row.push({
      attributes: { code: `C${n}` },
      id: `P${n}`,
      name: `惠州市示例${n}公司`,
      day: '2026-03-04T16:00:00Z',
      party: n === 3 ? ['甲', '乙'] : ['甲'],
    });
  }
  return { code: '0', msg: '成功', total: ROWS, rows: row.length ? { row } : {} };
}

const service = {
  Service: {
    Soap: {
      list,
      getData: () => ({ return: '<?xml version="1.0" encoding="GBK"?><data><row><id>1</id></row></data>' }),
      login: (args) => (args.password === 'made-up-password' ? { token: 'token-of-the-day' } : {}),
    },
  },
};

const server = http.createServer((_request, response) => response.writeHead(404).end());
server.listen(0, '127.0.0.1', () => {
  soap.listen(server, '/list', service, fs.readFileSync(process.argv[2], 'utf8'));
  console.log(server.address().port);
});
process.stdin.on('end', () => process.exit(0)).resume();
